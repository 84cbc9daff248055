// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "src/base/errors.hpp"
#include "tests/bench/callees.hpp"
#include "tests/bench/in_process.hpp"
#include "tests/rt/allocations.hpp"

namespace bench {

void count_allocations(const RecordedCall& call, const std::filesystem::path& folder, Figures& figures) {
  OurCallee ours(folder);
  SpandspCallee spandsp(folder / "counted.tif");
  std::uint64_t of_ours = 0;
  std::uint64_t of_spandsp = 0;
  ours.begin();
  for (std::size_t n = 0; n < call.caller.size(); ++n) {
    hw::Block said;
    if (!ours.over()) {
      const rt::CountAllocations counting(of_ours);
      ours.block(call.caller[n], said);
    }
    ours.work_as_page_process();
    if (n < call.spandsp_answers_at) continue;
    {
      const rt::CountAllocations counting(of_spandsp);
      spandsp.hear(call.caller[n]);
    }
    spandsp.say(said);
  }
  ours.end();
  if (ours.pages() != call.pages) throw base::Failure("the counted call got {} pages", ours.pages());
  figures.add({"allocations in a call, " + call.name, static_cast<double>(of_ours), "", 0,
               fmt::format("fax_rx {}", of_spandsp)});
}

}  // namespace bench
