// SPDX-License-Identifier: GPL-2.0-or-later
// How a call ended, as T.30 knows it.
#pragma once

#include <cstdint>

namespace t30 {

enum class Outcome : std::uint8_t {
  none,       // the call goes on
  completed,  // the caller said EOP, or hung up after the last page was answered
  caller_hung_up,
  no_fax,               // nobody spoke T.30
  failed,               // T.30 could not agree or lost the other side
  slower_than_allowed,  // the caller's machine cannot do min_rate_bps
  wrong_password,
  not_stored,   // a page could not be stored, and the caller was told so by DCN
  incompatible  // the caller wants what we cannot receive
};

}  // namespace t30
