// SPDX-License-Identifier: GPL-2.0-or-later
// A caller and its line that do what they like: see procedure_driver.hpp for the rules that must hold all the same.
#include "tests/calls/procedure_driver.hpp"
#include "tests/fuzz/fuzz.hpp"

void try_bytes(std::span<const std::uint8_t> bytes) {
  t30::Settings settings;
  settings.password = base::ShortText<20>(!bytes.empty() && bytes[0] == 0xFF ? "1234" : "");
  calls::ProcedureDriver(settings).run(bytes);
}
