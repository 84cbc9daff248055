// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/lock_step_call.hpp"

#include <algorithm>

#include "hw/exchange/exchange_caller.hpp"
#include "tests/bench/cpu_time.hpp"

namespace bench {

int call_in_lock_step(const std::filesystem::path& lines, const faxcall::FaxSettings& fax,
                      const faxcall::FaxCaller::Listener& listener,
                      const std::function<void(std::int64_t answer_ns)>& block) {
  hw::exchange::ExchangeCaller line(lines, {"030987654", "0301234", "", hw::exchange::Law::linear, {}});
  faxcall::FaxCaller caller(fax, listener);
  hw::Block said{};
  hw::Block heard{};
  for (bool talking = false; !caller.finished(); talking = line.answered()) {
    said.fill(0);
    if (talking) caller.say(said);
    const std::int64_t begin = monotonic_ns();
    if (!line.exchange(said, heard)) break;
    block(monotonic_ns() - begin);
    if (line.answered()) caller.hear(heard);
  }
  line.hang_up();
  const auto pages = caller.pages();
  return static_cast<int>(
      std::count_if(pages.begin(), pages.end(), [](const auto& page) { return page.confirmed; }));
}

}  // namespace bench
