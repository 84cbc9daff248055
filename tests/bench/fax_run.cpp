// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/fax_run.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/socket_pair.hpp"
#include "tests/bench/cpu_time.hpp"

namespace bench {
namespace {

int empty_loop(int socket) {
  std::array<std::uint8_t, 1024> block;
  for (;;) {
    pollfd fd{socket, POLLIN, 0};
    ::poll(&fd, 1, -1);
    const ssize_t got = ::read(socket, block.data(), block.size());
    if (got <= 0 || ::write(socket, block.data(), static_cast<std::size_t>(got)) != got) return 0;
  }
}

CpuOfFaxrx operator-(const CpuOfFaxrx& after, const CpuOfFaxrx& before) {
  return {after.lines - before.lines, after.pages - before.pages, after.spans - before.spans,
          after.others - before.others};
}

}  // namespace

EmptyLoop::EmptyLoop() {
  base::SocketPair ends = base::socket_pair();
  pid_ = base::fork_child([&ends] {
    ends[0].reset();
    return empty_loop(ends[1].get());
  });
  socket = std::move(ends[0]);
}

EmptyLoop::~EmptyLoop() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::int64_t EmptyLoop::cpu_ns() const {
  return process_cpu_ns(pid_);
}

CpuOfFaxrx cpu_of(const std::vector<pid_t>& pids) {
  CpuOfFaxrx cpu;
  for (const pid_t pid : pids) {
    const std::string name = scenario::text_of(fmt::format("/proc/{}/comm", pid));
    double& sum = name.starts_with("faxrx line")   ? cpu.lines
                  : name.starts_with("faxrx page") ? cpu.pages
                  : name.starts_with("faxrx span") ? cpu.spans
                                                   : cpu.others;
    sum += static_cast<double>(process_cpu_ns(pid));
  }
  return cpu;
}

FaxRun play_to(const FaxrxProgram& faxrx, const std::vector<std::filesystem::path>& sockets,
               const RecordedCall& call) {
  FaxRun run;
  EmptyLoop probe;
  Replayer replayer(call);
  for (const std::filesystem::path& socket : sockets)
    replayer.add_line(socket, run.answers);
  replayer.add_loop(std::move(probe.socket), run.probe);
  const std::vector<pid_t> pids = faxrx.all_processes();
  const CpuOfFaxrx before = cpu_of(pids);
  replayer.run();
  const auto wanted = static_cast<unsigned>(sockets.size());
  const unsigned whole = faxrx.await_whole_faxes(wanted, call.pages);
  run.cpu = cpu_of(pids) - before;
  if (whole != wanted)
    throw base::Failure(
        "of {} calls {} are whole faxes of {} pages in the spool, {} lines hung up by themselves", wanted,
        whole, call.pages, replayer.hung_up());
  run.blocks = replayer.blocks_sent() - call.caller.size();  // the probe's
  run.latest_tick_ms = replayer.latest_tick_ms();
  return run;
}

double latest_ms(const Answers& answers) {
  return answers.ms.empty() ? 0 : *std::max_element(answers.ms.begin(), answers.ms.end());
}

void allow_many_files() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace bench
