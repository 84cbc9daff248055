// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/fxs_port.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

extern "C" {
#include <dahdi/tonezone.h>
}

#include <algorithm>
#include <cerrno>

#include "src/base/errors.hpp"

namespace vm {
namespace {

void must(int result, unsigned number, const char* tried) {
  if (result != 0) throw base::system_failure(fmt::format("cannot {} channel {}", tried, number));
}

}  // namespace

FxsPort::FxsPort(unsigned number) : fd_(::open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
  if (!fd_) throw base::system_failure("cannot open /dev/dahdi/channel");
  int channel = static_cast<int>(number);
  must(::ioctl(fd(), DAHDI_SPECIFY, &channel), number, "open");
  dahdi_bufferinfo info{};
  info.txbufpolicy = info.rxbufpolicy = DAHDI_POLICY_IMMEDIATE;
  info.numbufs = DAHDI_MAX_NUM_BUFS;
  info.bufsize = static_cast<int>(hw::samples_per_block);
  must(::ioctl(fd(), DAHDI_SET_BUFINFO, &info), number, "give buffers to");
  int on = 1;
  must(::ioctl(fd(), DAHDI_SETLINEAR, &on), number, "take linear sound from");
  must(::ioctl(fd(), DAHDI_BUFFER_EVENTS, &on), number, "be told of lost samples on");
}

bool FxsPort::done(int result) noexcept {
  if (result >= 0) return true;
  if (errno == ENODEV || errno == ENXIO || errno == EBADF) gone_ = true;
  return false;
}

int FxsPort::next_event() noexcept {
  int event = DAHDI_EVENT_NONE;
  return done(::ioctl(fd(), DAHDI_GETEVENT, &event)) ? event : DAHDI_EVENT_NONE;
}

bool FxsPort::read(hw::Block& heard) noexcept {
  const ssize_t bytes = ::read(fd(), heard.data(), sizeof heard);
  done(static_cast<int>(bytes));
  return bytes == static_cast<ssize_t>(sizeof heard);
}

bool FxsPort::write(const hw::Block& said) noexcept {
  const ssize_t bytes = ::write(fd(), said.data(), sizeof said);
  done(static_cast<int>(bytes));
  return bytes == static_cast<ssize_t>(sizeof said);
}

bool FxsPort::ring() noexcept {
  int position = DAHDI_RING;
  // A device that does not wait says EINPROGRESS, and rings.
  if (::ioctl(fd(), DAHDI_HOOK, &position) == 0 || errno == EINPROGRESS) return true;
  return done(-1);
}

bool FxsPort::ring_in_cadence(int on_ms, int off_ms) noexcept {
  dahdi_ring_cadence cadence{};
  cadence.ringcadence[0] = on_ms;
  cadence.ringcadence[1] = off_ms;
  return done(::ioctl(fd(), DAHDI_SETCADENCE, &cadence));
}

bool FxsPort::ring_as_the_country_does() noexcept {
  return done(::ioctl(fd(), DAHDI_SETCADENCE, nullptr));
}

void FxsPort::off_hook() noexcept {
  int position = DAHDI_OFFHOOK;
  done(::ioctl(fd(), DAHDI_HOOK, &position));
}

void FxsPort::on_hook() noexcept {
  int position = DAHDI_ONHOOK;
  done(::ioctl(fd(), DAHDI_HOOK, &position));
}

void FxsPort::forget_sound() noexcept {
  int both = DAHDI_FLUSH_BOTH;
  done(::ioctl(fd(), DAHDI_FLUSH, &both));
}

bool FxsPort::set_country(const std::string& country) noexcept {
  std::string name = country;
  return done(::tone_zone_set_zone(fd(), name.data()));
}

void FxsPort::play(int tone) noexcept {
  done(::tone_zone_play_tone(fd(), tone));
}

void FxsPort::stop_playing() noexcept {
  int none = DAHDI_TONE_STOP;
  done(::ioctl(fd(), DAHDI_SENDTONE, &none));
}

dahdi_params FxsPort::params() noexcept {
  dahdi_params params{};
  done(::ioctl(fd(), DAHDI_GET_PARAMS, &params));
  return params;
}

bool FxsPort::far_end_is_off_hook() noexcept {
  return params().rxisoffhook != 0;
}

bool FxsPort::in_alarm() noexcept {
  return params().chan_alarms != 0;
}

}  // namespace vm
