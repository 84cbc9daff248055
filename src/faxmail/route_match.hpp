// SPDX-License-Identifier: GPL-2.0-or-later
// The conditions of a [[route]]: which faxes it takes. All that it names must hold; what it does not name may
// be anything. Called by route.cpp and by whoever reads the configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/faxmail/settings.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {

[[nodiscard]] bool route_takes(const Route& route, const handoff::FaxRecord& fax);

// A text with '*' for any characters; or, when it begins with '_', a dial pattern on the text's digits and '+'
// alone. As a text it is compared without regard to case and spaces, which machines set as they like.
[[nodiscard]] bool text_condition_holds(std::string_view condition, std::string_view text);
// What is wrong with one, as a sentence; nullopt = nothing.
[[nodiscard]] std::optional<std::string> text_condition_mistake(std::string_view condition);

// Whether `general` surely takes every fax that `special` would take. False where that is not plain.
[[nodiscard]] bool takes_all_of(const Route& general, const Route& special);
// A sentence for each route that is never reached, because an earlier one takes all that it would take.
[[nodiscard]] std::vector<std::string> unreachable_routes(const std::vector<Route>& routes);

}  // namespace faxmail
