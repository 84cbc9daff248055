// SPDX-License-Identifier: GPL-2.0-or-later
// A call in a few words, for the operator's log.
#pragma once

#include <string>

#include "hw/line.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxrx {

[[nodiscard]]  // As dahdi-faxrx-record(5) has them; "" = not told. Bounded: the values came through a ring.
[[nodiscard]] const char*
word_of(hw::Screening screening) noexcept;
[[nodiscard]] const char* word_of(hw::Redirection redirection) noexcept;

[[nodiscard]] std::string who_calls(const handoff::FaxRecord& record);
// What the line lost in the call, and where to look; empty when it lost nothing.
[[nodiscard]] std::string words_of(const handoff::LineFaults& faults);
// "3 pages in 163.0 s, complete, V.17 14400 bit/s ECM MMR, station "+49 30 1234", completed: the caller sent …"
[[nodiscard]] std::string summary_of(const handoff::FaxRecord& record);

}  // namespace faxrx
