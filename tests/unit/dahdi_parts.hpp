// SPDX-License-Identifier: GPL-2.0-or-later
// What the analog line's tests are played with: a channel that does what the driver's source and its guest have been
// seen to do (64 events kept, ELAST while one waits, 32 buffers, on-hook at close), a line on it whose owner serves
// it block by block, and the sound of a caller ID.
#pragma once

#include <spandsp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "hw/dahdi/dahdi_line.hpp"

namespace dahdi_test {

using hw::Block;
using hw::LineEvent;
using Sound = std::vector<std::int16_t>;

inline constexpr int rx_on_hook = 0, rx_off_hook = 1;  // enum dahdi_rxsig: no battery, battery

class FakeChannel final : public hw::dahdi::Channel {
 public:
  FakeChannel() {
    params.sigtype = DAHDI_SIG_FXSKS;
    params.rxhooksig = rx_off_hook;
    for (int i = 0; i < 256; ++i)
      gains.rxgain[i] = gains.txgain[i] = static_cast<unsigned char>(i);
    written.reserve(100'000);
    hooks.reserve(1000);
  }

  // What the card and the exchange do:
  void event(int number) {
    if (events_ < DAHDI_MAX_EVENTSIZE - 1) event_[events_++] = number;
  }
  void sound(const Sound& samples) { sound_.insert(sound_.end(), samples.begin(), samples.end()); }
  void block_arrives() {
    if (blocks_waiting < DAHDI_MAX_NUM_BUFS) ++blocks_waiting;
  }

  [[nodiscard]] int fd() const noexcept override { return is_closed ? -1 : 12345; }
  void close() noexcept override {
    is_closed = true;
    hook = DAHDI_ONHOOK;
  }
  int read(Block& heard) noexcept override {
    if (read_result != 0) return read_result;
    if (is_removed) return -ENODEV;
    if (events_ > 0) return -ELAST;
    if (blocks_waiting == 0) return -EAGAIN;
    --blocks_waiting;
    const std::size_t there = std::min(heard.size(), sound_.size() - sound_at_);
    heard.fill(direct_current);
    for (std::size_t i = 0; i < there; ++i)
      heard[i] = static_cast<std::int16_t>(sound_[sound_at_ + i] + direct_current);
    sound_at_ += there;
    return read_size;
  }
  int write(const Block& said) noexcept override {
    if (write_result != 0) return write_result;
    if (is_removed) return -ENODEV;
    if (events_ > 0) return -ELAST;
    written.push_back(said[0]);
    return sizeof said;
  }
  int get_event(int& event) noexcept override {
    event = endless_event != 0 ? endless_event : DAHDI_EVENT_NONE;
    if (is_removed) event = DAHDI_EVENT_REMOVED;
    if (is_removed || event_result != 0) return is_removed ? -ENODEV : event_result;
    if (events_ == 0) return 0;
    event = event_[0];
    std::rotate(event_.begin(), event_.begin() + 1, event_.end());
    --events_;
    return 0;
  }
  int set_hook(int position) noexcept override {
    if (hook_result != 0) return hook_result;
    hook = position;
    hooks.push_back(position);
    return 0;
  }
  int flush(int what) noexcept override {
    if ((what & DAHDI_FLUSH_EVENT) != 0) events_ = 0;
    if ((what & DAHDI_FLUSH_READ) != 0) blocks_waiting = 0;
    if ((what & DAHDI_FLUSH_WRITE) != 0) written.clear();
    return 0;
  }
  int get_params(dahdi_params& out) noexcept override {
    if (params_result == 0) out = params;
    return params_result;
  }
  int get_span(dahdi_spaninfo& out) noexcept override {
    out.irqmisses = irq_misses;
    return 0;
  }
  int get_gains(dahdi_gains& out) noexcept override {
    out = gains;
    return 0;
  }
  int set_buffers(dahdi_bufferinfo& set) noexcept override {
    buffers = set;
    return buffers_result;
  }
  int set_linear(int on) noexcept override {
    linear = on;
    return linear_result;
  }
  int set_echo_canceller(int taps) noexcept override {
    echo_canceller = taps;
    return echo_canceller_result;
  }
  int set_buffer_events(int on) noexcept override {
    buffer_events = on;
    return buffer_events_result;
  }
  int set_audio_mode(int on) noexcept override {
    audio_mode = on;
    return audio_mode_result;
  }
  int set_law(int which) noexcept override {
    law = which;
    return audio_mode == 1 ? 0 : -EINVAL;
  }

  dahdi_params params{};
  dahdi_gains gains{};
  dahdi_bufferinfo buffers{};
  int hook = DAHDI_ONHOOK, irq_misses = 7;
  int linear = -1, echo_canceller = -1, buffer_events = -1, audio_mode = -1, law = -1;
  int read_size = sizeof(Block), endless_event = 0;
  // −errno, to be given instead
  int read_result = 0, write_result = 0, event_result = 0, hook_result = 0, params_result = 0;
  int buffers_result = 0, linear_result = 0, echo_canceller_result = 0, buffer_events_result = 0;
  int audio_mode_result = 0;
  std::int16_t direct_current = 0;  // in all that is heard
  bool is_closed = false, is_removed = false;
  int blocks_waiting = 0;
  std::vector<std::int16_t> written;  // each block's first sample
  std::vector<int> hooks;

 private:
  std::array<int, DAHDI_MAX_EVENTSIZE> event_{};
  int events_ = 0;
  Sound sound_;
  std::size_t sound_at_ = 0;
};

// A port, its line, and the owner of it, who says 1, 2, 3 … block by block.
class Port {
 public:
  explicit Port(const hw::LineOptions& options = {}, std::unique_ptr<FakeChannel> fake = nullptr) {
    if (fake == nullptr) fake = std::make_unique<FakeChannel>();
    card = fake.get();
    heard_events.reserve(10'000);
    line = hw::dahdi::make_line(std::move(fake), 7, options);
  }

  void look() {
    for (int i = 0; i < 1000; ++i) {
      const LineEvent event = line->next_event();
      if (event == LineEvent::none) return;
      heard_events.push_back(event);
    }
    throw std::runtime_error("the line's events have no end");
  }
  // The owner's turn: LineLoop's order.
  bool turn() {
    look();
    Block block;
    if (!line->read(block)) return false;
    ++blocks_read;
    block.fill(static_cast<std::int16_t>(blocks_read));
    line->write(block);
    return true;
  }
  void pass(int ms) {
    for (int passed = 0; passed < ms; passed += 20) {
      card->block_arrives();
      while (turn()) {
      }
    }
    look();
  }
  // The owner is kept from his work while the card goes on.
  void sleep(int ms) {
    for (int passed = 0; passed < ms; passed += 20)
      card->block_arrives();
  }
  void ring(int ms = 2000) {
    card->event(DAHDI_EVENT_RINGBEGIN);
    pass(ms + 180);
    card->event(DAHDI_EVENT_RINGOFFHOOK);
    look();
  }
  void ring_and_answer() {
    ring();
    line->answer();
  }
  // What the owner has heard since he asked last.
  std::vector<LineEvent> news() {
    look();
    std::vector<LineEvent> events = heard_events;
    heard_events.clear();
    return events;
  }
  [[nodiscard]] std::string number() const { return std::string(line->identity().caller_number.view()); }
  [[nodiscard]] std::string name() const { return std::string(line->identity().caller_name.view()); }

  FakeChannel* card = nullptr;  // the line's
  std::unique_ptr<hw::Line> line;
  std::vector<LineEvent> heard_events;
  int blocks_read = 0;
};

using News = std::vector<LineEvent>;

inline Sound silence(int ms) {
  return Sound(static_cast<std::size_t>(ms) * 8, 0);
}

inline Sound tone(double first_hz, double second_hz, int ms) {
  Sound samples(static_cast<std::size_t>(ms) * 8);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = 2 * 3.14159265358979 * static_cast<double>(i) / 8000;
    samples[i] = static_cast<std::int16_t>(2000 * (std::sin(t * first_hz) + std::sin(t * second_hz)));
  }
  return samples;
}

// A caller ID as an exchange sends it: spandsp's transmitter.
inline Sound caller_id(int standard, const std::string& number, const std::string& name = "") {
  adsi_tx_state_t* sender = adsi_tx_init(nullptr, standard);
  std::array<std::uint8_t, 256> message{};
  const bool japanese = standard == ADSI_STANDARD_JCLIP;
  int length = adsi_add_field(sender, message.data(), -1,
                              japanese ? JCLIP_MDMF_CALLERID : CLASS_MDMF_CALLERID, nullptr, 0);
  const auto add = [&](std::uint8_t type, const std::string& text) {
    if (!text.empty())
      length =
          adsi_add_field(sender, message.data(), length, type,
                         reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<int>(text.size()));
  };
  if (!japanese) add(MCLASS_DATETIME, "11240815");
  add(MCLASS_CALLER_NUMBER, number);
  add(MCLASS_CALLER_NAME, name);
  adsi_tx_put_message(sender, message.data(), length);
  Sound samples(8 * 3000, 0);
  const int sent = adsi_tx(sender, samples.data(), static_cast<int>(samples.size()));
  samples.resize(static_cast<std::size_t>(std::max(sent, 0)));
  adsi_tx_free(sender);
  return samples;
}

}  // namespace dahdi_test
