// SPDX-License-Identifier: GPL-2.0-or-later
// The telephone exchange of the guest: callers on the sockets of the software exchange (dahdi-faxrx-exchange(5)) are put
// through to channels of the real DAHDI driver, which ring at our side. So "dahdi-faxcall --real-time" calls the real
// driver; only at that pace, as the driver keeps real time. Runs until it is killed.
#include <fmt/format.h>
#include <poll.h>
#include <sysexits.h>

#include <algorithm>
#include <charconv>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <list>
#include <string>
#include <vector>

#include "hw/line_table.hpp"
#include "src/base/errors.hpp"
#include "tests/vm/subscriber_line.hpp"

namespace {

using vm::SubscriberLine;

int shorter(int one_ms, int other_ms) {  // −1 = for ever
  if (one_ms < 0 || other_ms < 0) return std::max(one_ms, other_ms);
  return std::min(one_ms, other_ms);
}

[[noreturn]] void run(std::list<SubscriberLine>& lines) {
  std::vector<pollfd> waits_for;
  for (;;) {
    int timeout_ms = -1;
    waits_for.clear();
    for (SubscriberLine& line : lines) {
      const auto pair = line.waits_for();
      waits_for.insert(waits_for.end(), pair.begin(), pair.end());
      timeout_ms = shorter(timeout_ms, line.poll_timeout_ms());
    }
    ::poll(waits_for.data(), waits_for.size(), timeout_ms);
    for (SubscriberLine& line : lines)
      line.work();
  }
}

}  // namespace

int main(int argc, char** argv) noexcept try {
  CLI::App app{
      "A telephone exchange: puts callers on sockets through to the exchange's ends of DAHDI lines."};
  std::string folder, channels = "1-16";
  vm::Habits habits;
  app.add_option("--folder", folder, "where the sockets are made, one a channel")->required();
  app.add_option("--channels", channels, "those to serve, all fxoks; else 1-16");
  app.add_option("--caller-id", habits.caller_id,
                 "none, bellcore, v23, dtmf or japan, after the first ring; else none")
      ->transform(CLI::CheckedTransformer(vm::caller_id_standards()));
  app.add_flag("--before-first-ring", habits.before_first_ring, "send the caller ID before the first ring");
  app.add_option("--ring-ms", habits.ring_ms, "distinctive ringing: so long a bell, every 4 s")
      ->check(CLI::Range(200, 3000));
  app.add_option("--other-telephone-answers", habits.other_telephone_answers,
                 "after so many rings a telephone on the subscriber's line does, who stays on-hook");
  app.add_option(
      "--busy-tone", habits.busy_tone,
      "a caller's hang-up is heard as this country's busy tone, for ever; else the loop current goes");
  CLI11_PARSE(app, argc, argv);

  std::list<SubscriberLine> lines;
  for (const hw::LineName& name : hw::parse_lines(channels))
    lines.emplace_back(folder, name.number, habits);
  fmt::print(stderr, "central_office: ready\n");
  run(lines);
} catch (const base::Failure& failure) {
  fmt::print(stderr, "central_office: {}\n", failure.what());
  return EX_DATAERR;
} catch (const std::exception& failure) {
  fmt::print(stderr, "central_office: {}\n", failure.what());
  return EX_OSERR;
}
