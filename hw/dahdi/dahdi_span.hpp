// SPDX-License-Identifier: GPL-2.0-or-later
// Which span of a card a channel belongs to, and where its D channel is, as the driver tells in sysfs. For the
// supervisor; asked each time a line is started, as spans come and go.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "hw/isdn/span_place.hpp"

namespace hw {

// Nothing: the channel is no B channel, its span has no D channel, or there is no such channel now; opening the line
// tells which.
std::optional<isdn::SpanPlace> dahdi_span_of(const std::string& channel);

namespace dahdi {

// `root`: where sys/ is.
std::optional<isdn::SpanPlace> find_span(unsigned channel, const std::filesystem::path& root = "/");

}  // namespace dahdi
}  // namespace hw
