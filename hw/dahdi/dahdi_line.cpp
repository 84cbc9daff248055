// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/dahdi_line.hpp"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {
namespace {

constexpr const char* channel_device = "/dev/dahdi/channel";

}  // namespace

void check_dahdi() {
  const base::UniqueFd device(::open(channel_device, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  const int error = errno;
  if (device) return;
  switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      throw base::Failure(
          "there is no {}: the telephony driver, DAHDI, is not loaded; install Debian's dahdi and "
          "dahdi-dkms, load "
          "it with "
          "\"modprobe dahdi\" and the card's own module, then run dahdi_cfg (or use exchange:FOLDER/1-4, "
          "which needs "
          "no card)",
          channel_device);
    case EACCES:
    case EPERM:
      throw base::Failure(
          "{} is there but this user may not open it; run as root, or make the user a member of the device's "
          "group "
          "(see ls -l {}; dialout on most systems)",
          channel_device, channel_device);
    default:
      throw base::Failure("{} cannot be opened: {}", channel_device, std::generic_category().message(error));
  }
}

std::unique_ptr<Line> open_dahdi_line(const std::string& address) {
  check_dahdi();
  throw base::Failure(
      "channel {} cannot be served: this version takes calls from a software exchange (exchange:FOLDER/1-4) "
      "and "
      "recorded calls (wav:FILE) only; cards come with a later version",
      address);
}

}  // namespace hw
