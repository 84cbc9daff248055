// SPDX-License-Identifier: GPL-2.0-or-later
// How an analog line says that the caller has hung up, as there is no message for it: the exchange takes its battery
// away for a moment (kewlstart), or reverses it, or sends busy, congestion or dial tone. Silence is T.30's matter.
// Part of an FxoLine; RT safe once made.
#pragma once

#include <string>

#include "hw/dahdi/user.hpp"
#include "hw/line.hpp"
#include "hw/line_options.hpp"
#include "src/modem/call_progress.hpp"

namespace hw::dahdi {

class HangupSigns {
 public:
  explicit HangupSigns(const LineOptions& options);  // throws base::Failure: no such country

  void answered(std::uint64_t now) noexcept;
  // Each block of the call. True: a tone says so.
  bool hear(const Block& heard) noexcept { return tones_.hear(heard) != modem::ProgressTone::none; }
  // An event of the driver. True: it says so.
  [[nodiscard]] bool tell(int event, std::uint64_t now) const noexcept;

  // For so long after the answer the driver keeps a battery's loss to itself (debouncetime, 600 ms), so it must be
  // asked in each block.
  [[nodiscard]] bool must_ask(std::uint64_t now) const noexcept;
  // What it said. True: the battery was away as long as only an exchange takes it away.
  bool ask(const dahdi_params& params) noexcept;

 private:
  modem::CallProgress tones_;
  bool by_polarity_;
  std::uint64_t answered_at_ = 0;
  std::uint32_t blocks_without_battery_ = 0;
};

}  // namespace hw::dahdi
