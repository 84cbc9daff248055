// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/line.hpp"

#include <sched.h>
#include <sys/mman.h>

#include <csignal>

#include "src/base/child.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxrx/line_loop.hpp"

namespace faxrx {
namespace {

// Lines on cards have a deadline every 20 ms; without the rights they do what they can.
void become_real_time() {
  const sched_param priority{10};
  if (::sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
    base::log::warning("no right to real-time priority (RLIMIT_RTPRIO): under load, faxes may lose samples");
  if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
    base::log::warning("no right to lock memory (RLIMIT_MEMLOCK): under load, faxes may lose samples");
  // A loop run wild must not take the machine: 200 ms of CPU without one wait ends it.
  base::sandbox::limit_resources({{RLIMIT_RTTIME, 200'000}});
}

}  // namespace

void lock_down_line() {
  base::sandbox::limit_resources({{RLIMIT_CORE, 0}, {RLIMIT_NPROC, 0}});
  base::sandbox::restrict_files({});
  base::sandbox::allow_only({base::sandbox::plain_computing, {"accept4", "epoll_ctl", "shutdown"}});
}

int run_line(const ServedLine& served, LineLinks links) {
  base::log::set_speaker("line " + served.name.text);
  base::name_process(fmt::format("faxrx line {}", served.name.number));
  ::signal(SIGINT, SIG_IGN);  // a terminal's ^C goes to the supervisor, which drains us
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<hw::Line> line = served.name.kind->open(served.name.address);
  if (line->runs_in_real_time()) become_real_time();
  lock_down_line();
  return LineLoop(served, std::move(line), std::move(links)).run();
}

}  // namespace faxrx
