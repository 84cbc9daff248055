// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/line_table.hpp"

#include <charconv>
#include <set>

#include "hw/dahdi/dahdi_line.hpp"
#include "hw/dahdi/dahdi_span.hpp"
#include "hw/exchange/exchange_line.hpp"
#include "hw/exchange/trunk.hpp"
#include "hw/wav/wav_line.hpp"
#include "src/base/errors.hpp"

namespace hw {
namespace {

constexpr unsigned highest_number = 1024;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

unsigned number(std::string_view text, const std::string& argument) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > highest_number)
    throw base::Failure("-c {}: \"{}\" is no channel number; channels are 1 to {}, as in 1-4,7", argument,
                        text, highest_number);
  return value;
}

std::set<unsigned> number_list(std::string_view list, const std::string& argument) {
  std::set<unsigned> numbers;
  for (const std::string_view part : split(list, ',')) {
    const std::size_t dash = part.find('-');
    const unsigned first = number(part.substr(0, dash), argument);
    const unsigned last = dash == std::string_view::npos ? first : number(part.substr(dash + 1), argument);
    if (last < first)
      throw base::Failure("-c {}: {} counts downwards; write {}-{}", argument, part, last, first);
    for (unsigned n = first; n <= last; ++n)
      numbers.insert(n);
  }
  return numbers;
}

const LineKind& kind_of(const std::string& argument) {
  if (argument.empty()) throw base::Failure("-c names no line; write 1-4, exchange:FOLDER/1-4 or wav:FILE");
  const std::size_t colon = argument.find(':');
  const std::string prefix = colon == std::string::npos ? "" : argument.substr(0, colon + 1);
  for (const LineKind& kind : line_kinds())
    if (kind.prefix == prefix) return kind;
  throw base::Failure("-c {}: there is no kind of line \"{}\"; write 1-4, exchange:FOLDER/1-4 or wav:FILE",
                      argument, prefix);
}

}  // namespace

const std::vector<LineKind>& line_kinds() {
  static const std::vector<LineKind> kinds = {
      {"exchange:", "lines of a software exchange, a socket each: exchange:FOLDER/1-4", true,
       open_exchange_line, false},
      {"trunk:", "channels of an ISDN span of a software exchange: trunk:FOLDER/1-30", true, open_trunk_line,
       false, trunk_span_of},
      {"wav:", "a recorded call, played once: wav:FILE", false, open_wav_line, false},
      {"", "channels of telephony cards (DAHDI): 1-4,7", true, open_dahdi_line, true, dahdi_span_of},
  };
  return kinds;
}

std::vector<LineName> parse_lines(const std::string& argument) {
  const LineKind& kind = kind_of(argument);
  const std::string address = argument.substr(kind.prefix.size());
  if (address.empty()) throw base::Failure("-c {}: nothing stands after \"{}\"", argument, kind.prefix);
  if (!kind.numbered) return {{&kind, address, argument, 0}};
  // Only a numbered kind with a folder has a slash; the list of numbers is what follows the last one.
  const std::size_t slash = kind.prefix.empty() ? std::string::npos : address.rfind('/');
  if (!kind.prefix.empty() && slash == std::string::npos)
    throw base::Failure("-c {}: write {}FOLDER/1-4", argument, kind.prefix);
  const std::string folder = slash == std::string::npos ? "" : address.substr(0, slash + 1);
  std::vector<LineName> names;
  for (const unsigned n : number_list(std::string_view(address).substr(folder.size()), argument))
    names.push_back({&kind, folder + std::to_string(n), kind.prefix + folder + std::to_string(n), n});
  return names;
}

}  // namespace hw
