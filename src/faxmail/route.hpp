// SPDX-License-Identifier: GPL-2.0-or-later
// Who gets a fax, by dial patterns (src/base/dial_pattern.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/faxmail/settings.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {

// A number cut to its first or last so many digits (0 = not). What is no digit ('+') stays where digits
// beside it stay.
std::string cut_number(std::string_view number, unsigned keep_first, unsigned keep_last);

// What is wrong with a subject, as a sentence: a {word} that is none of {caller} {called} {pages} {time}
// {station_id} {name}.
std::optional<std::string> subject_mistake(std::string_view subject);

struct Destination {
  std::vector<std::string> to, cc;
  std::string from, subject;  // subject with its {placeholders} filled in
  std::string server;         // as in Route
  bool attach_tiff = false;
  bool without_route = false;  // goes to the operator, and the mail says why
  std::string note;            // why, a sentence for the mail; empty when there is a route
};
Destination destination_for(const handoff::FaxRecord& fax, const Settings& settings);

// An address that may stand in an SMTP command: one '@' or none (a local name), RFC 5321's letters without
// quotes (so no control characters, spaces, commas or angle brackets; ASCII, since SMTPUTF8 is not spoken),
// at most 254 bytes.
bool valid_address(std::string_view address);

}  // namespace faxmail
