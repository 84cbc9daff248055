// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/gray_profile.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace faxmail {
namespace {

constexpr std::size_t header_bytes = 128, tag_entry_bytes = 12;

std::string number16(std::uint32_t value) {
  return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
}

std::string number32(std::uint32_t value) {
  return number16(value >> 16) + number16(value & 0xFFFF);
}

std::string zeros(std::size_t count) {
  return std::string(count, '\0');
}

// D50, the white of every profile's connection space, as three s15Fixed16Numbers (6.1.8, 6.3.1).
std::string d50() {
  return number32(0x0000F6D6) + number32(0x00010000) + number32(0x0000D32D);
}

std::string description(std::string_view text) {  // textDescriptionType, 6.5.17
  return "desc" + zeros(4) + number32(static_cast<std::uint32_t>(text.size() + 1)) + std::string(text) +
         zeros(1) + zeros(4 + 4) + zeros(2 + 1 + 67);  // neither Unicode nor ScriptCode
}

std::string text(std::string_view words) {  // textType, 6.5.18
  return "text" + zeros(4) + std::string(words) + zeros(1);
}

std::string header(std::size_t bytes) {  // 6.1
  return number32(static_cast<std::uint32_t>(bytes)) + zeros(4) + number32(0x02100000) + "mntrGRAYXYZ " +
         number16(2026) + number16(1) + number16(1) + zeros(6) + "acsp" + zeros(4 + 4 + 4 + 4 + 8) +
         zeros(4) + d50() + zeros(4) + zeros(44);
}

}  // namespace

std::string gray_profile() {
  const std::array<std::pair<std::string_view, std::string>, 4> tags = {
      {{"desc", description("Grey, gamma 2.2")},
       {"cprt", text("No copyright, use freely")},
       {"wtpt", "XYZ " + zeros(4) + d50()},
       {"kTRC", "curv" + zeros(4) + number32(1) + number16(0x0233)}}};  // one u8Fixed8Number: 2.2
  std::string table = number32(tags.size()), data;
  const std::size_t data_begins = header_bytes + 4 + tag_entry_bytes * tags.size();
  for (const auto& [name, bytes] : tags) {
    table += std::string(name) + number32(static_cast<std::uint32_t>(data_begins + data.size())) +
             number32(static_cast<std::uint32_t>(bytes.size()));
    data += bytes + zeros((4 - bytes.size() % 4) % 4);  // each begins at a multiple of four
  }
  return header(data_begins + data.size()) + table + data;
}

}  // namespace faxmail
