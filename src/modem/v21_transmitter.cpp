// SPDX-License-Identifier: GPL-2.0-or-later
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include <algorithm>
#include <array>

#include "src/modem/spandsp.hpp"
#include "src/modem/v21.hpp"

namespace modem {
namespace {

// T.30, 5.3.1: flags for 1 s ± 15 %; 38 of 8 bits at 300 bit/s are 1.013 s.
constexpr int preamble_flags = 38;

struct Frame {
  std::array<std::uint8_t, V21Transmitter::longest_frame> octets{};
  std::size_t length = 0;
};

}  // namespace

// spandsp's states lie in here, so that its init functions take no memory.
struct V21Transmitter::Engine {
  void start() noexcept {
    under_way = true;
    hdlc_tx_flags(&hdlc, preamble_flags);
    next_frame();
  }

  // Called when the last frame's check sequence is out. With nothing left spandsp sends two more octets of
  // flags, and then the carrier ends with a whole bit.
  void next_frame() noexcept {
    closing = sent == count;
    if (closing) {
      hdlc_tx_frame(&hdlc, nullptr, 0);
      return;
    }
    const Frame& frame = frames[sent++];
    hdlc_tx_frame(&hdlc, frame.octets.data(), frame.length);
  }

  void clear() noexcept {
    count = sent = 0;
    under_way = closing = false;
    hdlc_tx_restart(&hdlc);
    fsk_tx_restart(&fsk, &preset_fsk_specs[FSK_V21CH2]);
    fsk_tx_power(&fsk, level_dbm0);
  }

  std::array<Frame, V21Transmitter::most_frames> frames{};
  float level_dbm0 = V21Transmitter::usual_level_dbm0;
  std::size_t count = 0;
  std::size_t sent = 0;
  bool under_way = false;
  bool closing = false;
  fsk_tx_state_t fsk{};
  hdlc_tx_state_t hdlc{};
};

V21Transmitter::V21Transmitter() : engine_(std::make_unique<Engine>()) {
  const auto underflow = [](void* engine) { static_cast<Engine*>(engine)->next_frame(); };
  const auto get_bit = [](void* hdlc) { return hdlc_tx_get_bit(static_cast<hdlc_tx_state_t*>(hdlc)); };
  constexpr int flags_between_frames = 1;
  hdlc_tx_init(&engine_->hdlc, FALSE, flags_between_frames, FALSE, underflow, engine_.get());
  fsk_tx_init(&engine_->fsk, &preset_fsk_specs[FSK_V21CH2], get_bit, &engine_->hdlc);
  engine_->clear();  // to our own level
}

V21Transmitter::~V21Transmitter() = default;

void V21Transmitter::set_level(float dbm0) noexcept {
  engine_->level_dbm0 = dbm0;
  engine_->clear();
}

void V21Transmitter::clear() noexcept {
  engine_->clear();
}

bool V21Transmitter::add(std::span<const std::uint8_t> octets) noexcept {
  Engine& engine = *engine_;
  if (octets.empty() || octets.size() > longest_frame || engine.count == most_frames) return false;
  Frame& frame = engine.frames[engine.count++];
  std::copy(octets.begin(), octets.end(), frame.octets.begin());
  frame.length = octets.size();
  if (engine.closing) engine.next_frame();  // the flags after the last frame are this one's opening flags
  return true;
}

std::size_t V21Transmitter::say(std::span<std::int16_t> said) noexcept {
  if (!has_something_to_say()) return 0;
  if (!engine_->under_way) engine_->start();
  const auto made =
      static_cast<std::size_t>(fsk_tx(&engine_->fsk, said.data(), static_cast<int>(said.size())));
  if (made < said.size()) engine_->clear();
  return made;
}

bool V21Transmitter::has_something_to_say() const noexcept {
  return engine_->count != 0;
}

}  // namespace modem
