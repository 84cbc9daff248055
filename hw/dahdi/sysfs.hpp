// SPDX-License-Identifier: GPL-2.0-or-later
// Reading the kernel's small files, where anything may be missing or vanish meanwhile: that is not an error but
// an empty answer. For the list of channels.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hw::sysfs {

// The first 16 KB of a file; "" when it cannot be read.
std::string text_of(const std::filesystem::path& file);
// One line, printable, without the spaces around it.
std::string line_of(const std::filesystem::path& file);
std::vector<std::string> words_of(std::string_view text);
// Decimal, or hexadecimal behind 0x; none when it is no number.
std::optional<unsigned> number_in(std::string_view text);
unsigned number_of(const std::filesystem::path& file);  // 0 when there is none
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

}  // namespace hw::sysfs
