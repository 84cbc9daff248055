// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/v21_frames.hpp"

#include <algorithm>
#include <utility>

namespace modem {
namespace {

// Shorter than a bit (26.7 samples), so that a frame's end is known to a bit.
constexpr std::size_t samples_at_once = 20;

}  // namespace

V21Frames::V21Frames(Handler handler, float cutoff_dbm0) : handler_(std::move(handler)), receiver_(*this) {
  receiver_.restart(cutoff_dbm0);
}

void V21Frames::hear(std::span<const std::int16_t> samples) {
  while (!samples.empty()) {
    const auto some = samples.first(std::min(samples.size(), samples_at_once));
    heard_ += some.size();
    receiver_.hear(some);
    samples = samples.subspan(some.size());
  }
}

void V21Frames::v21_frame(std::span<const std::uint8_t> octets) noexcept {
  handler_(octets, heard_);
}

}  // namespace modem
