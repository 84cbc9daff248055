// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/hangup_signs.hpp"

#include "hw/dahdi/country_tones.hpp"

namespace hw::dahdi {
namespace {

// The line settles after the answer; many exchanges reverse it then, too.
constexpr std::uint64_t settling_samples = samples_per_second * 600 / 1000;
// An ONHOOK that soon cannot be meant: the driver keeps its own 600 ms, whose samples may still lie unread.
constexpr std::uint64_t no_loss_told_samples = samples_per_second * 500 / 1000;
// The driver's 600 ms, and what a loss that began in them needs to be told from a click.
constexpr std::uint64_t asking_samples = samples_per_second * 900 / 1000;
// A click while the relay closes is shorter, what an exchange takes away is 250 ms and more (TIA-464: 600 ms).
constexpr std::uint32_t blocks_of_a_loss = 10;
// enum dahdi_rxsig of the driver's dahdi/kernel.h: on an FXO port there is no battery.
constexpr int no_battery = 0;

}  // namespace

HangupSigns::HangupSigns(const LineOptions& options)
    : tones_(country_tones(options.country)), by_polarity_(options.polarity_hangup) {}

void HangupSigns::answered(std::uint64_t now) noexcept {
  answered_at_ = now;
  blocks_without_battery_ = 0;
  tones_.restart();
}

bool HangupSigns::tell(int event, std::uint64_t now) const noexcept {
  const std::uint64_t since_answer = now - answered_at_;
  if (event == DAHDI_EVENT_ONHOOK) return since_answer >= no_loss_told_samples;
  return event == DAHDI_EVENT_POLARITY && by_polarity_ && since_answer >= settling_samples;
}

bool HangupSigns::must_ask(std::uint64_t now) const noexcept {
  return now - answered_at_ < asking_samples;
}

bool HangupSigns::ask(const dahdi_params& params) noexcept {
  blocks_without_battery_ = params.rxhooksig == no_battery ? blocks_without_battery_ + 1 : 0;
  return blocks_without_battery_ >= blocks_of_a_loss;
}

}  // namespace hw::dahdi
