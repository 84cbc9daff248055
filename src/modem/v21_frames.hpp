// SPDX-License-Identifier: GPL-2.0-or-later
// A V21Receiver for those who only want its good frames, and the sample at which each ended: replay and tests.
// One owner, one thread; hear() is RT safe when the handler is. The handler must not throw.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "src/modem/v21.hpp"

namespace modem {

class V21Frames final : private V21Listener {
 public:
  // `ended_at` counts the samples heard so far, to 2.5 ms.
  using Handler = std::function<void(std::span<const std::uint8_t> octets, std::uint64_t ended_at)>;
  static constexpr float default_cutoff_dbm0 = V21Receiver::default_cutoff_dbm0;

  // Throws std::bad_alloc when there is no memory.
  explicit V21Frames(Handler handler, float cutoff_dbm0 = default_cutoff_dbm0);
  V21Frames(const V21Frames&) = delete;
  V21Frames& operator=(const V21Frames&) = delete;

  void hear(std::span<const std::int16_t> samples);

 private:
  void v21_carrier(bool /*up*/) noexcept override {}
  void v21_flags() noexcept override {}
  void v21_frame(std::span<const std::uint8_t> octets) noexcept override;
  void v21_bad_frame() noexcept override {}

  Handler handler_;
  std::uint64_t heard_ = 0;
  V21Receiver receiver_;
};

}  // namespace modem
