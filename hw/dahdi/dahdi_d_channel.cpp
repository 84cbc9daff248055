// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/dahdi_d_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "hw/dahdi/opening.hpp"
#include "hw/dahdi/user.hpp"

namespace hw::dahdi {
namespace {

// libpri's and everybody's: 32 frames, each as long as Q.921 lets it be, given as they come.
constexpr int buffers = 32, longest_frame = 1024;
constexpr int events_at_once = 4 * DAHDI_MAX_EVENTSIZE;

class DahdiDChannel final : public isdn::DChannel {
 public:
  DahdiDChannel(base::UniqueFd device, bool alarm) noexcept
      : device_(std::move(device)), fetched_(alarm ? isdn::DEvent::alarm : isdn::DEvent::none) {}

  [[nodiscard]] int fd() const noexcept override { return device_.get(); }
  [[nodiscard]] short poll_events() const noexcept override { return POLLIN | POLLPRI; }
  isdn::DEvent next_event() noexcept override;
  int read(std::span<std::uint8_t> frame) noexcept override;
  void write(std::span<const std::uint8_t> frame) noexcept override;

 private:
  isdn::DEvent gone() noexcept {
    device_.reset();
    return isdn::DEvent::gone;
  }

  [[nodiscard]] isdn::DEvent fetch_event() noexcept;

  base::UniqueFd device_;
  // What a write had to fetch out of its way; of several, the last counts. At first, an alarm that stood when the
  // channel was opened: the driver tells changes only.
  isdn::DEvent fetched_;
  bool failed_ = false;
};

// Aborted frames, bad FCS and overruns are events too; Q.921 mends them.
isdn::DEvent DahdiDChannel::next_event() noexcept {
  if (fetched_ != isdn::DEvent::none) return std::exchange(fetched_, isdn::DEvent::none);
  return device_ ? fetch_event() : isdn::DEvent::none;
}

isdn::DEvent DahdiDChannel::fetch_event() noexcept {
  for (int i = 0; i < events_at_once && !failed_; ++i) {
    int event = DAHDI_EVENT_NONE;
    if (::ioctl(device_.get(), DAHDI_GETEVENT, &event) != 0) return gone();
    if (event == DAHDI_EVENT_NONE) return isdn::DEvent::none;
    if (event == DAHDI_EVENT_ALARM) return isdn::DEvent::alarm;
    if (event == DAHDI_EVENT_NOALARM) return isdn::DEvent::alarm_over;
    if (event == DAHDI_EVENT_REMOVED) break;
  }
  return gone();
}

int DahdiDChannel::read(std::span<std::uint8_t> frame) noexcept {
  const ssize_t got = ::read(device_.get(), frame.data(), frame.size());
  if (got >= 0) return static_cast<int>(got);
  if (errno != EAGAIN && errno != EINTR && errno != ELAST) failed_ = true;
  return 0;
}

void DahdiDChannel::write(std::span<const std::uint8_t> frame) noexcept {
  if (::write(device_.get(), frame.data(), frame.size()) >= 0 || errno != ELAST) return;
  // An event stands in the way.
  for (isdn::DEvent event = fetch_event(); event != isdn::DEvent::none && device_; event = fetch_event())
    fetched_ = event;
  if (!device_) return static_cast<void>(fetched_ = isdn::DEvent::gone);
  static_cast<void>(::write(device_.get(), frame.data(), frame.size()));
}

}  // namespace

std::unique_ptr<isdn::DChannel> open_d_channel(unsigned number) {
  base::UniqueFd device(::open(channel_device, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!device) throw device_failure(errno);
  int wanted = static_cast<int>(number);
  if (::ioctl(device.get(), DAHDI_SPECIFY, &wanted) != 0) throw channel_failure(number, errno);
  dahdi_params params{};
  if (::ioctl(device.get(), DAHDI_GET_PARAMS, &params) != 0) throw channel_failure(number, errno);
  if (params.sigtype != DAHDI_SIG_HDLCFCS && params.sigtype != DAHDI_SIG_HARDHDLC)
    throw base::Failure(
        "channel {} is to be the D channel, but is configured otherwise; write dchan={} (a BRI card: "
        "hardhdlc={}) into /etc/dahdi/system.conf, then run dahdi_cfg",
        number, number, number);
  dahdi_bufferinfo info{};
  info.txbufpolicy = info.rxbufpolicy = DAHDI_POLICY_IMMEDIATE;
  info.numbufs = buffers;
  info.bufsize = longest_frame;
  if (::ioctl(device.get(), DAHDI_SET_BUFINFO, &info) != 0)
    throw base::Failure("D channel {} refuses {} buffers of {} octets: {}", number, buffers, longest_frame,
                        std::generic_category().message(errno));
  return std::make_unique<DahdiDChannel>(std::move(device), params.chan_alarms != 0);
}

}  // namespace hw::dahdi
