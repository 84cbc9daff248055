// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/sysfs.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>

#include "src/base/remote_text.hpp"

namespace hw::sysfs {
namespace fs = std::filesystem;
namespace {

constexpr std::streamsize most = 16384;  // /proc/dahdi/N of an E1 has 31 lines of up to 100 bytes

}  // namespace

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(most, '\0');
  if (stream) stream.read(text.data(), most);
  text.resize(static_cast<std::size_t>(stream ? most : stream.gcount()));
  return text;
}

std::string line_of(const fs::path& file) {
  const std::string text = text_of(file);
  return base::printable(std::string_view(text).substr(0, text.find('\n')));
}

std::vector<std::string> words_of(std::string_view text) {
  constexpr const char* spaces = " \t\n";
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(spaces); at < text.size();
       at = text.find_first_not_of(spaces, at)) {
    const std::size_t end = std::min(text.find_first_of(spaces, at), text.size());
    words.push_back(base::printable(text.substr(at, end - at)));
    at = end;
  }
  return words;
}

std::optional<unsigned> number_in(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  unsigned number = 0;
  const auto [end, wrong] =
      std::from_chars(text.data(), text.data() + text.size(), number, hexadecimal ? 16 : 10);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

unsigned number_of(const fs::path& file) {
  return number_in(line_of(file)).value_or(0);
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error))
    entries.push_back(at->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace hw::sysfs
