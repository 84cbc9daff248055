// SPDX-License-Identifier: GPL-2.0-or-later
// Many lines of the real dahdi-faxrx that receive the same call at once, in real time, and what all of its processes
// use for it. For the benchmarks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "src/base/unique_fd.hpp"
#include "tests/bench/faxrx_program.hpp"
#include "tests/bench/recorded_call.hpp"
#include "tests/bench/replayer.hpp"

namespace bench {

// A process that only polls, and sends back what comes, as a line process that hears and says nothing would.
class EmptyLoop {
 public:
  EmptyLoop();
  ~EmptyLoop();
  EmptyLoop(const EmptyLoop&) = delete;
  EmptyLoop& operator=(const EmptyLoop&) = delete;
  [[nodiscard]] std::int64_t cpu_ns() const;

  base::UniqueFd socket;  // the other end of what it reads and writes

 private:
  pid_t pid_;
};

struct CpuOfFaxrx {
  double lines = 0, pages = 0, spans = 0, others = 0;  // ns, by kind of process
  [[nodiscard]] double sum() const { return lines + pages + spans + others; }
};
CpuOfFaxrx cpu_of(const std::vector<pid_t>& pids);

struct FaxRun {
  CpuOfFaxrx cpu;
  std::uint64_t blocks = 0;
  Answers answers, probe;  // the probe is an empty loop beside the lines
  double latest_tick_ms = 0;
};

// Every socket is a line's, and gets the call. Throws base::Failure unless every one of them is a whole fax.
FaxRun play_to(const FaxrxProgram& faxrx, const std::vector<std::filesystem::path>& sockets,
               const RecordedCall& call);

double latest_ms(const Answers& answers);
void allow_many_files();

}  // namespace bench
