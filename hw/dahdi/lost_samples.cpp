// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/lost_samples.hpp"

#include <fmt/format.h>

namespace hw::dahdi {
namespace {

int irq_misses(Channel& channel) noexcept {
  dahdi_spaninfo span{};  // spanno 0: the channel's own
  return channel.get_span(span) == 0 ? span.irqmisses : -1;
}

}  // namespace

void LostSamples::begin_call(Channel& channel) noexcept {
  faults_ = {};
  irq_misses_before_ = irq_misses(channel);
}

void LostSamples::end_call(Channel& channel) noexcept {
  const int after = irq_misses(channel);
  if (irq_misses_before_ >= 0 && after > irq_misses_before_)
    faults_.irq_misses = static_cast<std::uint32_t>(after - irq_misses_before_);
  irq_misses_before_ = -1;
}

std::string_view LostSamples::remark() noexcept {
  const std::uint64_t times =
      std::uint64_t{faults_.read_overruns} + faults_.write_underruns + faults_.irq_misses;
  if (times == 0) return {};
  const auto written = fmt::format_to_n(
      text_.data(), text_.size(),
      "the line lost samples {} time{} ({} unread, {} unwritten, {} interrupts missed), by no fault of the "
      "caller: look at the machine's load and the span's clock source",
      times, times == 1 ? "" : "s", faults_.read_overruns, faults_.write_underruns, faults_.irq_misses);
  return {text_.data(), std::min(written.size, text_.size())};
}

}  // namespace hw::dahdi
