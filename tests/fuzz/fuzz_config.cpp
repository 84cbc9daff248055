// SPDX-License-Identifier: GPL-2.0-or-later
// Configuration files of both programs: any text gives settings or mistakes.
#include "src/faxmail/settings.hpp"
#include "src/faxrx/settings.hpp"
#include "tests/fuzz/fuzz.hpp"

void try_bytes(std::span<const std::uint8_t> bytes) {
  const std::string text(as_text(bytes));
  base::Mistakes mistakes;
  const base::ConfigFile file("fuzz.conf", text, mistakes);
  faxrx::read_settings(&file, {}, mistakes);
  faxmail::read_settings(file, mistakes);
  (void)mistakes.text();
}
