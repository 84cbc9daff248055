// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/frame_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "src/t30/capabilities.hpp"
#include "src/t30/capability_words.hpp"
#include "src/t30/frame_names.hpp"
#include "src/t30/frames.hpp"

namespace t30 {
namespace {

using Octets = std::span<const std::uint8_t>;
using Words = std::vector<std::string>;

std::string joined(const Words& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// For frames whose fields nobody here reads.
std::string in_hexadecimal(Octets fif) {
  constexpr std::size_t most_shown = 16;
  if (fif.empty()) return {};
  std::string shown = fmt::format("{:02X}", fmt::join(fif.first(std::min(fif.size(), most_shown)), " "));
  if (fif.size() > most_shown) shown += fmt::format(" … ({} octets)", fif.size());
  return shown;
}

std::string octet_count(Octets fif) {
  return fmt::format("({} octets)", fif.size());
}

std::string second_field(std::uint8_t field) {
  const std::uint8_t plain = second_without_x(field);
  if (plain == fcf::null) return "NULL";
  const char* name = frame_name(plain);
  return name != nullptr ? name : fmt::format("0x{:02X}", field);
}

// T.30, A.4.3: what follows; the page's and the block's counter, modulo 256; frames less one.
std::string pps_words(Octets fif) {
  Words words;
  if (!fif.empty()) words.push_back(second_field(fif[0]));
  if (fif.size() > 1) words.push_back(fmt::format("page {}", fif[1]));
  if (fif.size() > 2) words.push_back(fmt::format("block {}", fif[2]));
  if (fif.size() > 3) words.push_back(fmt::format("{} frames", fif[3] + 1));
  return joined(words);
}

// T.30, A.4.4: a bit for each of 256 frames, the first the lowest of the first octet.
std::string ppr_words(Octets fif) {
  constexpr unsigned most_frames = 256;
  constexpr std::size_t most_runs = 12;
  const auto frames = static_cast<unsigned>(std::min<std::size_t>(fif.size() * 8, most_frames));
  const auto missing = [&](unsigned frame) {
    return frame < frames && (fif[frame / 8] >> (frame % 8) & 1U) != 0;
  };
  Words runs;
  unsigned all = 0;
  for (unsigned first = 0; first < frames; ++first) {
    if (!missing(first)) continue;
    unsigned last = first;
    while (missing(last + 1))
      ++last;
    runs.push_back(first == last ? fmt::to_string(first) : fmt::format("{}-{}", first, last));
    all += last - first + 1;
    first = last;
  }
  if (runs.empty()) return "no frame missing";
  if (runs.size() <= most_runs) return fmt::format("frame{} {} missing", all == 1 ? "" : "s", joined(runs));
  runs.resize(most_runs);
  return fmt::format("frames {}, … missing, {} in all", joined(runs), all);
}

// ITU-T T.35, annex A, the countries of those who make fax machines; also with their bits the wrong way round,
// as some send them.
const char* country_name(std::uint8_t code) {
  struct Country {
    std::uint8_t code;
    const char* name;
  };
  constexpr auto countries = std::to_array<Country>({{0x00, "Japan"},
                                                     {0x04, "Germany"},
                                                     {0x20, "Canada"},
                                                     {0x26, "China"},
                                                     {0x3D, "France"},
                                                     {0x42, "Germany"},
                                                     {0x58, "Israel"},
                                                     {0x59, "Italy"},
                                                     {0x61, "Korea"},
                                                     {0x86, "Korea, reversed"},
                                                     {0xAD, "United States, reversed"},
                                                     {0xB4, "United Kingdom"},
                                                     {0xB5, "United States"},
                                                     {0xFE, "Taiwan"}});
  for (const Country& country : countries)
    if (country.code == code) return country.name;
  return nullptr;
}

// T.30, 5.3.6.2.7: a T.35 country code, the maker's code, and what the maker likes.
std::string vendor_words(Octets fif) {
  constexpr std::size_t maker_octets = 2;
  if (fif.empty()) return "(empty)";
  const char* name = country_name(fif[0]);
  Words words = {name != nullptr ? fmt::format("T.35 country 0x{:02X} ({})", fif[0], name)
                                 : fmt::format("T.35 country 0x{:02X}", fif[0])};
  const Octets maker = fif.subspan(1, std::min(maker_octets, fif.size() - 1));
  if (!maker.empty()) words.push_back(fmt::format("maker {:02X}", fmt::join(maker, " ")));
  words.push_back(fmt::format("{} octets", fif.size()));
  return joined(words);
}

std::string identification_words(Octets fif) {
  const base::ShortText<20> text = read_identification(fif);
  return text.empty() ? "(empty)" : std::string(text.view());
}

std::string words_of(std::uint8_t field, Octets fif) {
  switch (without_x(field)) {
    case fcf::dis:
    case fcf::dtc:
      return dis_words(fif);
    case fcf::dcs:
      return dcs_words(fif);
    case fcf::ctc:
      return rate_words(fif);
    case fcf::pps:
      return pps_words(fif);
    case fcf::eor:
      return fif.empty() ? std::string() : second_field(fif[0]);
    case fcf::ppr:
      return ppr_words(fif);
    case fcf::nsf:
    case fcf::nss:
    case fcf::nsc:
      return vendor_words(fif);
    case fcf::pwd:
    case fcf::sid:
    case fcf::tk:
    case fcf::rk:
      return octet_count(fif);
    default:
      return has_identification(field) ? identification_words(fif) : in_hexadecimal(fif);
  }
}

// Cut between characters.
std::string bounded(std::string words) {
  if (words.size() <= longest_frame_words) return words;
  std::size_t end = longest_frame_words;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80U)
    --end;
  words.resize(end);
  return words;
}

}  // namespace

std::string frame_words(std::span<const std::uint8_t> octets) {
  if (octets.empty()) return {};
  return bounded(words_of(octets.front(), octets.subspan(1)));
}

}  // namespace t30
