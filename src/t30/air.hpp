// SPDX-License-Identifier: GPL-2.0-or-later
// What the T.30 procedure wants done with the line; the receiver does it with its modems, a test or a fuzzer as it
// likes. All RT safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "src/modem/fast_receiver.hpp"

namespace t30 {

// A frame to be said: address, control, facsimile control field, facsimile information field.
struct Frame {
  std::array<std::uint8_t, 40> octets{};
  std::uint8_t length = 0;
  [[nodiscard]] std::span<const std::uint8_t> span() const noexcept { return {octets.data(), length}; }
};

class Air {
 public:
  virtual void say_ced(bool on) noexcept = 0;
  // Behind a preamble of 1 s; Procedure::said() is called when all is out. Ends what is being said.
  virtual void say_frames(std::span<const Frame> frames) noexcept = 0;
  virtual void say_nothing() noexcept = 0;
  virtual void listen_fast(const modem::FastMode& mode) noexcept = 0;
  virtual void stop_fast() noexcept = 0;
  // FastReceiver::snr_db(), where listen_fast() asked for it.
  [[nodiscard]] virtual std::optional<float> fast_snr_db() const noexcept = 0;
  virtual void set_v21_cutoff(float cutoff_dbm0) noexcept = 0;

 protected:
  ~Air() = default;
};

}  // namespace t30
