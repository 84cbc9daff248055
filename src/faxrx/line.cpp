// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/line.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sysexits.h>

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

void tell_why(const base::UniqueFd& supervisor, std::string_view why) {
  const std::string message = static_cast<char>(ControlWord::cannot_open) + std::string(why);
  ::send(supervisor.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// nullptr: the supervisor knows why.
std::unique_ptr<hw::Line> open_line(const ServedLine& served, base::UniqueFd span,
                                    const base::UniqueFd& supervisor) {
  try {
    return served.name.kind->open(served.name.address, served.settings.line, std::move(span));
  } catch (const std::exception& error) {
    tell_why(supervisor, error.what());
    return nullptr;
  }
}

}  // namespace

void lock_down_line(bool on_a_card) {
  base::sandbox::limit_resources({{RLIMIT_CORE, 0}, {RLIMIT_NPROC, 0}});
  base::sandbox::restrict_files({});
  std::vector<const char*> of_the_line = {"accept4", "shutdown"};  // the software exchange's
  if (on_a_card) of_the_line = {"ioctl"};
  base::sandbox::allow_only({base::sandbox::plain_computing, of_the_line});
}

int run_line(const ServedLine& served, LineLinks links) {
  base::log::set_speaker("line " + served.name.text);
  base::name_process(fmt::format("faxrx line {}", served.name.number));
  ::signal(SIGINT, SIG_IGN);  // a terminal's ^C goes to the supervisor, which drains us
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<hw::Line> line = open_line(served, std::move(links.span), links.control);
  if (!line) return EX_UNAVAILABLE;
  if (line->runs_in_real_time()) become_real_time();
  lock_down_line(line->runs_in_real_time());
  return LineLoop(served, std::move(line), std::move(links)).run();
}

}  // namespace faxrx
