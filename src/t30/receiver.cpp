// SPDX-License-Identifier: GPL-2.0-or-later
// The procedure and its modems together.
#include "src/t30/receiver.hpp"

#include <algorithm>

#include "src/modem/level.hpp"
#include "src/modem/tones.hpp"
#include "src/modem/v21.hpp"
#include "src/t30/procedure.hpp"

namespace t30 {
namespace {

constexpr float ced_hertz = 2100;  // T.30, 4.3.3.2: ± 15 Hz, no phase reversals

}  // namespace

struct Receiver::Engine final : modem::V21Listener, modem::FastListener, Air {
  explicit Engine(PageSink& sink) : procedure(sink, *this) {}

  void v21_carrier(bool up) noexcept override { procedure.v21_carrier(up); }
  void v21_flags() noexcept override { procedure.v21_flags(); }
  void v21_frame(std::span<const std::uint8_t> octets) noexcept override { procedure.v21_frame(octets); }
  void v21_bad_frame() noexcept override { procedure.v21_bad_frame(); }
  void fast_status(modem::FastStatus status) noexcept override {
    procedure.fast_status(status, fast.level_dbm0());
  }
  void fast_octet(std::uint8_t octet) noexcept override { procedure.fast_octet(octet); }
  void fast_frame(std::span<const std::uint8_t> octets) noexcept override { procedure.fast_frame(octets); }

  void say_ced(bool on) noexcept override;
  void say_frames(std::span<const Frame> frames) noexcept override;
  void say_nothing() noexcept override { transmitter.clear(); }
  void listen_fast(const modem::FastMode& mode) noexcept override;
  void stop_fast() noexcept override;
  [[nodiscard]] std::optional<float> fast_snr_db() const noexcept override { return fast.snr_db(); }
  void set_v21_cutoff(float cutoff_dbm0) noexcept override { v21.restart(cutoff_dbm0); }

  void hear(std::span<const std::int16_t> heard) noexcept;
  void say(std::span<std::int16_t> said) noexcept;

  Procedure procedure;
  modem::V21Receiver v21{*this};
  modem::V21Transmitter transmitter;
  modem::FastReceiver fast{*this};
  modem::ToneListener cng{modem::FaxTone::cng};
  modem::Tone ced;
  float level_dbm0 = modem::V21Transmitter::usual_level_dbm0;
  bool fast_listens = false, says_ced = false;
};

void Receiver::Engine::say_ced(bool on) noexcept {
  says_ced = on;
  if (on) ced.begin(ced_hertz, level_dbm0);
}

void Receiver::Engine::say_frames(std::span<const Frame> frames) noexcept {
  transmitter.clear();
  for (const Frame& frame : frames)
    transmitter.add(frame.span());
}

void Receiver::Engine::listen_fast(const modem::FastMode& mode) noexcept {
  fast_listens = true;
  fast.listen(mode);
}

void Receiver::Engine::stop_fast() noexcept {
  fast_listens = false;
  fast.stop();
}

void Receiver::Engine::hear(std::span<const std::int16_t> heard) noexcept {
  if (!procedure.caller_has_spoken() && cng.hear(heard)) procedure.cng_heard();
  if (procedure.wants_v21()) v21.hear(heard);
  if (fast_listens) fast.hear(heard);
}

void Receiver::Engine::say(std::span<std::int16_t> said) noexcept {
  std::fill(said.begin(), said.end(), std::int16_t{0});
  if (says_ced) return ced.say(said);
  if (!transmitter.has_something_to_say()) return;
  transmitter.say(said);
  if (!transmitter.has_something_to_say()) procedure.said();
}

Receiver::Receiver(PageSink& sink) : engine_(std::make_unique<Engine>(sink)) {}

Receiver::~Receiver() = default;

void Receiver::start(const Settings& settings) noexcept {
  line_dropped();
  Engine& e = *engine_;
  e.level_dbm0 = settings.transmit_level_dbm0;
  e.transmitter.set_level(e.level_dbm0);
  e.fast.new_call();
  e.v21.restart();
  e.cng.restart();
  e.procedure.start(settings);
}

void Receiver::block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) noexcept {
  Engine& e = *engine_;
  e.hear(heard);
  e.procedure.block(modem::level_dbm0(heard));
  e.say(said);
}

void Receiver::line_dropped() noexcept {
  engine_->procedure.line_dropped();
}
void Receiver::verdict(Verdict verdict) noexcept {
  engine_->procedure.verdict(verdict);
}
bool Receiver::awaits_verdict() const noexcept {
  return engine_->procedure.awaits_verdict();
}
bool Receiver::has_unsent_bytes() const noexcept {
  return engine_->procedure.has_unsent_bytes();
}
void Receiver::pump() noexcept {
  engine_->procedure.pump();
}
Outcome Receiver::outcome() const noexcept {
  return engine_->procedure.outcome();
}

}  // namespace t30
