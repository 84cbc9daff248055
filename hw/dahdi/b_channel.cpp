// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/b_channel.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hw::dahdi {
namespace {

// As on analog lines: said ahead, so that a loop which is late by that much is not heard.
constexpr std::uint32_t blocks_said_ahead = 5;
// The driver keeps 64 events; one that has always more is broken.
constexpr int events_at_once = 4 * DAHDI_MAX_EVENTSIZE;
constexpr int tries = 8;

}  // namespace

BChannel::BChannel(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {
  look_at_alarms();
}

// In this order: the driver forgets linear samples and the law with each change of the audio mode.
void BChannel::take(Law law) noexcept {
  taken_ = true;
  connected_ = false;
  blocks_unanswered_ = 0;
  lost_.begin_call(*channel_);
  int result = channel_->set_audio_mode(1);
  if (result == 0 && law != Law::unknown)
    result = channel_->set_law(law == Law::a ? DAHDI_LAW_ALAW : DAHDI_LAW_MULAW);
  if (result == 0) result = channel_->set_linear(1);
  if (result == 0) result = channel_->set_echo_canceller(0);
  if (result < 0) return failed(-result);
  channel_->set_buffer_events(1);
  channel_->flush(DAHDI_FLUSH_BOTH);
  blocks_to_catch_up_ = blocks_said_ahead;
  say_ahead();
}

// What was heard and lost until here was ringing.
void BChannel::answer() noexcept {
  drain_events();
  lost_.begin_call(*channel_);
  connected_ = true;
}

void BChannel::release() noexcept {
  if (!std::exchange(taken_, false) || gone_) return;
  connected_ = false;
  lost_.end_call(*channel_);
  channel_->set_buffer_events(0);
  channel_->flush(DAHDI_FLUSH_BOTH);
  if (const int result = channel_->set_audio_mode(0); result < 0) failed(-result);
}

LineEvent BChannel::next_event() noexcept {
  if (events_.empty() && !gone_) drain_events();
  if (events_.empty() && alarm_) look_at_alarms();
  return events_.take();
}

void BChannel::drain_events() noexcept {
  for (int i = 0; i < events_at_once && !gone_; ++i) {
    int event = DAHDI_EVENT_NONE;
    if (const int result = channel_->get_event(event); result < 0) return failed(-result);
    if (event == DAHDI_EVENT_NONE) {
      // The driver forgets those that find its 64 places taken: the end of an alarm may be among them.
      if (i >= DAHDI_MAX_EVENTSIZE - 2) look_at_alarms();
      return;
    }
    take_event(event);
  }
  card_gone();
}

void BChannel::take_event(int event) noexcept {
  switch (event) {
    case DAHDI_EVENT_ALARM:
    case DAHDI_EVENT_NOALARM:
      return look_at_alarms();
    case DAHDI_EVENT_REMOVED:
      return card_gone();
    case DAHDI_EVENT_READ_OVERRUN:
      if (connected_) lost_.read_overrun();
      return;
    case DAHDI_EVENT_WRITE_UNDERRUN:
      if (!taken_) return;
      if (connected_) lost_.write_underrun();
      blocks_to_catch_up_ = blocks_said_ahead;
      return;
    default:
      return;
  }
}

void BChannel::look_at_alarms() noexcept {
  dahdi_params params{};
  if (gone_ || channel_->get_params(params) != 0) return;
  const bool alarm = params.chan_alarms != 0;
  if (std::exchange(alarm_, alarm) != alarm)
    events_.put(alarm ? LineEvent::line_trouble : LineEvent::line_good);
}

bool BChannel::read(Block& heard) noexcept {
  for (int i = 0; i < tries && taken_ && !gone_; ++i) {
    const int bytes = channel_->read(heard);
    if (bytes == -ELAST) {
      drain_events();
      continue;
    }
    if (bytes > 0) {
      const auto samples = std::min(static_cast<std::size_t>(bytes) / sizeof heard[0], heard.size());
      std::fill(heard.begin() + static_cast<std::ptrdiff_t>(samples), heard.end(), 0);
      ++blocks_unanswered_;
      return true;
    }
    if (bytes == -EAGAIN) say_ahead();
    failed(bytes < 0 ? -bytes : EIO);
    return false;
  }
  if (taken_) failed(EIO);  // it says that events wait, and has none
  return false;
}

void BChannel::write(const Block& said) noexcept {
  if (!taken_ || blocks_unanswered_ == 0) return;
  --blocks_unanswered_;
  if (blocks_to_catch_up_ > 0) --blocks_to_catch_up_;
  say(said);
}

void BChannel::say(const Block& said) noexcept {
  for (int i = 0; i < tries && !gone_; ++i) {
    const int bytes = channel_->write(said);
    if (bytes >= 0) return;
    if (bytes == -EAGAIN) return lost_.write_underrun();  // 32 blocks wait already: this one is lost
    if (bytes != -ELAST) return failed(-bytes);
    drain_events();
  }
  failed(EIO);
}

// Blocks that lay unread refill what is said ahead, as one is written for each; what they do not is added once they
// have all been read.
void BChannel::say_ahead() noexcept {
  const Block silence{};
  for (std::uint32_t left = std::exchange(blocks_to_catch_up_, 0); left > 0; --left)
    say(silence);
}

void BChannel::failed(int error) noexcept {
  if (error != EAGAIN && error != EINTR && error != ELAST) card_gone();
}

void BChannel::card_gone() noexcept {
  if (std::exchange(gone_, true)) return;
  channel_->close();
  events_.put(LineEvent::line_trouble);
  events_.put(LineEvent::no_more_calls);
}

}  // namespace hw::dahdi
