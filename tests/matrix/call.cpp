// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/matrix/call.hpp"

#include <fmt/format.h>

#include <cmath>

#include "hw/exchange/conditions.hpp"
#include "tests/matrix/frequency_shift.hpp"

namespace matrix {
namespace {

constexpr unsigned longest_call_blocks = 50 * 400;  // three short pages at 2400 bit/s, and every repeat
constexpr unsigned wrong_rows_allowed_permille = 10;

std::int16_t hundredths(double value) {
  return static_cast<std::int16_t>(std::lround(value * 100));
}

hw::exchange::Conditions conditions_of(const LineFaults& faults, std::uint32_t seed) {
  hw::exchange::Conditions line{};
  line.noise_dbm0_100 = hundredths(faults.noise_dbm0);
  // 2 ms and more, in steps of 0.3 samples: each try meets the symbols at another moment.
  line.delay_us = 2000 + seed % 64 * 37;
  line.skew_ppm10 = static_cast<std::int16_t>(std::lround(faults.skew_ppm * 10));
  if (faults.echo_ms > 0) {
    line.echo_delay_us = static_cast<std::uint32_t>(std::lround(faults.echo_ms * 1000));
    line.echo_db100 = -1400;
  }
  line.seed = seed;
  return line;
}

std::string page_shortcoming(const CallPlan& plan, const Rows& sent, const Rows& got) {
  const unsigned wrong = wrong_rows_permille(sent, got);
  if (wrong <= (plan.ecm ? 0 : wrong_rows_allowed_permille)) return {};
  return fmt::format("{}.{} % of its rows are wrong", wrong / 10, wrong % 10);
}

std::string shortcoming_of(const CallPlan& plan, const TestFax& fax,
                           const std::vector<faxcall::PageReport>& reports, const std::vector<Rows>& got) {
  for (const faxcall::PageReport& page : reports)
    if (page.response != "MCF")
      return fmt::format("page {} was answered {}", page.number,
                         page.response.empty() ? "nothing" : page.response);
  if (reports.size() != fax.pages.size()) return fmt::format("{} pages were sent", reports.size());
  if (got.size() != fax.pages.size()) return fmt::format("{} pages were received", got.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    if (const std::string wrong = page_shortcoming(plan, fax.pages[i], got[i]); !wrong.empty())
      return fmt::format("page {}: {}", i + 1, wrong);
  return {};
}

}  // namespace

std::string shortcoming(const CallPlan& plan, const TestFax& fax, Machine& machine) {
  faxcall::FaxCaller caller({.file = fax.file,
                             .station_id = "+49 89 555",
                             .sub_address = "",
                             .modem = plan.modem,
                             .ecm = plan.ecm,
                             .coding = plan.ecm ? faxcall::Coding::mmr : faxcall::Coding::mr,
                             .level_dbm0 = plan.line.level_dbm0},
                            {});
  FrequencyShift offset;
  offset.begin(plan.line.offset_hz);
  const auto line = std::make_unique<hw::exchange::LineConditions>();
  line->begin(conditions_of(plan.line, plan.seed));
  line->answered();
  unsigned blocks = 0;
  for (; blocks < longest_call_blocks && !caller.finished(); ++blocks) {
    hw::Block up{};
    hw::Block down{};
    caller.say(up);
    offset.pass(up);
    line->towards_line(up);
    machine.block(up, down);
    line->towards_caller(down);
    caller.hear(down);
  }
  if (!caller.finished()) return fmt::format("it was not over after {} s", blocks / 50);
  return shortcoming_of(plan, fax, caller.pages(), machine.pages());
}

}  // namespace matrix
