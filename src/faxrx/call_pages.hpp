// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of one call on their way to the disk. Each is stored behind the others, but for one: after RTN
// T.30 does not say whether the next page is the bad one again or the next sheet (many senders take RTN for a
// receipt). So the bad page stays, marked, unless the very next one is shown to be its repeat
// (page::is_repeat): then only the better of the two stays. A page that was answered otherwise is never
// touched. Owned by the page process.
#pragma once

#include <optional>

#include "src/faxrx/arriving_page.hpp"
#include "src/faxrx/call_folder.hpp"

namespace faxrx {

enum class Stored : std::uint8_t {
  added,
  in_place_of_the_last,  // its repeat, and better
  not_needed,            // its repeat, and no better: the last one stays
  nothing                // there was no row
};

class CallPages {
 public:
  explicit CallPages(CallFolder& folder) noexcept : folder_(&folder) {}

  // On return the page, or the better one that it repeats, is on the disk. Throws: then it is not stored.
  Stored store(const ArrivedPage& page);
  // We said RTN: the last page is not confirmed.
  void answered_rtn() noexcept { rtn_said_ = true; }

 private:
  [[nodiscard]] bool is_repeat_of_last(const ArrivedPage& page) const;
  void remember(const ArrivedPage& page);

  CallFolder* folder_;
  std::optional<ArrivedPage> last_bad_;  // the page on disk with the highest number, when it is bad
  bool rtn_said_ = false;                // since then
};

}  // namespace faxrx
