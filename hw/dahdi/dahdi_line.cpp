// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/dahdi_line.hpp"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "hw/dahdi/b_channel.hpp"
#include "hw/dahdi/fxo_line.hpp"
#include "hw/dahdi/opening.hpp"
#include "hw/isdn/isdn_line.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {
namespace dahdi {

std::unique_ptr<Line> make_line(std::unique_ptr<Channel> channel, unsigned number,
                                const LineOptions& options) {
  prepare(*channel, number);
  return std::make_unique<FxoLine>(std::move(channel), options);
}

std::unique_ptr<Line> make_isdn_line(std::unique_ptr<Channel> channel, unsigned number, base::UniqueFd link) {
  prepare_b_channel(*channel, number);
  return std::make_unique<isdn::IsdnLine>(std::make_unique<BChannel>(std::move(channel)), std::move(link));
}

}  // namespace dahdi

void check_dahdi() {
  const base::UniqueFd device(::open(dahdi::channel_device, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!device) throw dahdi::device_failure(errno);
}

std::unique_ptr<Line> open_dahdi_line(const std::string& address, const LineOptions& options,
                                      base::UniqueFd link) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(address.data(), address.data() + address.size(), number);
  if (error != std::errc{} || end != address.data() + address.size())
    throw base::Failure("\"{}\" is no channel's number; write 7", address);
  std::unique_ptr<dahdi::Channel> channel = dahdi::open_channel(number);
  if (link) return dahdi::make_isdn_line(std::move(channel), number, std::move(link));
  return dahdi::make_line(std::move(channel), number, options);
}

}  // namespace hw
