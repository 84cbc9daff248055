// SPDX-License-Identifier: GPL-2.0-or-later
// A disk takes its time. However long the receiver waits for a page's verdict, up to 8 s, callers get through: the
// time from the end of a page to its MCF is swept.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/matrix/call.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace {

constexpr int longest_delay_ms = 8000;
constexpr int block_ms = 20;

// From 0 in steps, on three modems; each call has three pages, so MPS and EOP both wait.
void sweep(bool ecm, int step_ms) {
  const unit::ScratchFolder folder;
  const matrix::TestFax fax = matrix::make_fax(folder / "fax.tif", 3, 200, 3);
  for (const faxcall::Modem modem : {faxcall::Modem::v17, faxcall::Modem::v29, faxcall::Modem::v27ter})
    for (int delay_ms = 0; delay_ms <= longest_delay_ms; delay_ms += step_ms) {
      CAPTURE(faxcall::name(modem));
      CAPTURE(delay_ms);
      const auto machine = matrix::answer(matrix::Make::ours, delay_ms / block_ms);
      CHECK(matrix::shortcoming({modem, ecm, {}, static_cast<std::uint32_t>(delay_ms / step_ms)}, fax,
                                *machine) == "");
    }
}

}  // namespace

TEST_CASE("without error correction, MCF may come up to 8 s late") {
  sweep(false, 100);
}

TEST_CASE("with error correction, MCF may come up to 8 s late") {
  sweep(true, 100);
}
