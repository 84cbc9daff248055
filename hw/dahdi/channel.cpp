// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/channel.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "hw/dahdi/opening.hpp"
#include "src/base/unique_fd.hpp"

namespace hw::dahdi {
namespace {

class DriverChannel final : public Channel {
 public:
  explicit DriverChannel(base::UniqueFd device) : device_(std::move(device)) {}

  [[nodiscard]] int fd() const noexcept override { return device_.get(); }
  void close() noexcept override { device_.reset(); }

  int read(Block& heard) noexcept override {
    return result(::read(device_.get(), heard.data(), sizeof heard));
  }
  int write(const Block& said) noexcept override {
    return result(::write(device_.get(), said.data(), sizeof said));
  }
  int get_event(int& event) noexcept override { return call(DAHDI_GETEVENT, event); }
  int set_hook(int position) noexcept override { return call(DAHDI_HOOK, position); }
  int flush(int what) noexcept override { return call(DAHDI_FLUSH, what); }
  int get_params(dahdi_params& params) noexcept override { return call(DAHDI_GET_PARAMS, params); }
  int get_span(dahdi_spaninfo& span) noexcept override { return call(DAHDI_SPANSTAT, span); }
  int get_gains(dahdi_gains& gains) noexcept override { return call(DAHDI_GETGAINS, gains); }
  int set_buffers(dahdi_bufferinfo& buffers) noexcept override { return call(DAHDI_SET_BUFINFO, buffers); }
  int set_linear(int on) noexcept override { return call(DAHDI_SETLINEAR, on); }
  int set_echo_canceller(int taps) noexcept override { return call(DAHDI_ECHOCANCEL, taps); }
  int set_buffer_events(int on) noexcept override { return call(DAHDI_BUFFER_EVENTS, on); }
  int set_audio_mode(int on) noexcept override { return call(DAHDI_AUDIOMODE, on); }
  int set_law(int law) noexcept override { return call(DAHDI_SETLAW, law); }

 private:
  static int result(long value) noexcept { return value < 0 ? -errno : static_cast<int>(value); }
  template <typename Argument>
  int call(unsigned long request, Argument& argument) noexcept {
    return result(::ioctl(device_.get(), request, &argument));
  }

  base::UniqueFd device_;
};

}  // namespace

std::unique_ptr<Channel> open_channel(unsigned number) {
  base::UniqueFd device(::open(channel_device, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!device) throw device_failure(errno);
  int wanted = static_cast<int>(number);
  if (::ioctl(device.get(), DAHDI_SPECIFY, &wanted) != 0) throw channel_failure(number, errno);
  return std::make_unique<DriverChannel>(std::move(device));
}

}  // namespace hw::dahdi
