// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/page.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sysexits.h>

#include <csignal>
#include <optional>

#include "src/base/child.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxrx/call_folder.hpp"
#include "src/faxrx/call_keeper.hpp"
#include "src/faxrx/ring_records.hpp"

namespace faxrx {
namespace {

constexpr int look_at_disk_ms = 5000;

class PageProcess {
 public:
  PageProcess(const ServedLine& served, const Settings& settings, base::RingMemory& ring, base::UniqueFd line)
      : line_name_(served.name.text),
        settings_(settings),
        spool_(settings.spool),
        keeper_(spool_, served.name),
        reader_(ring),
        line_(std::move(line)) {}

  void run();

 private:
  void read_ring();
  bool wait_for_line();
  void say_whether_calls_may_come();
  [[nodiscard]] bool enough_room() const;
  void tell_line(MessageKind kind, std::uint32_t value) const;

  const std::string& line_name_;
  const Settings& settings_;
  Spool spool_;
  CallKeeper keeper_;
  base::RingReader reader_;
  base::UniqueFd line_;
  std::optional<bool> room_told_;
};

void PageProcess::run() {
  finish_leftovers(spool_, line_name_);
  say_whether_calls_may_come();
  while (wait_for_line()) {
    read_ring();
    if (!keeper_.in_a_call()) say_whether_calls_may_come();
  }
  read_ring();
  keeper_.line_process_is_gone();
}

// False: the line process is gone.
bool PageProcess::wait_for_line() {
  reader_.about_to_sleep();
  read_ring();  // what came before the line process could see that we sleep
  pollfd fd{line_.get(), POLLIN, 0};
  ::poll(&fd, 1, look_at_disk_ms);
  reader_.awake();
  std::array<char, 64> wake_ups;
  for (;;) {
    const ssize_t got = ::recv(line_.get(), wake_ups.data(), wake_ups.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) return false;
    if (got < 0) return true;
  }
}

void PageProcess::read_ring() {
  while (const auto record = reader_.get()) {
    const std::optional<t30::Verdict> verdict = keeper_.take(*record);
    if (verdict) tell_line(MessageKind::verdict, static_cast<std::uint32_t>(*verdict));
  }
}

bool PageProcess::enough_room() const {
  struct statvfs room {};
  return ::statvfs(spool_.incoming.c_str(), &room) == 0 &&
         static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize >=
             static_cast<std::uint64_t>(settings_.least_free_mb) << 20U &&
         ::access(spool_.incoming.c_str(), W_OK) == 0;
}

void PageProcess::say_whether_calls_may_come() {
  const bool room = enough_room();
  if (room_told_ == room) return;
  if (!room)
    base::log::error("calls are not answered: less than {} MB are free in {}, or it is not writable",
                     settings_.least_free_mb, settings_.spool.string());
  else if (room_told_)
    base::log::info("there is room in {} again: calls are answered", settings_.spool.string());
  room_told_ = room;
  tell_line(MessageKind::may_answer, room ? 1 : 0);
}

void PageProcess::tell_line(MessageKind kind, std::uint32_t value) const {
  const PageMessage message{kind, value};
  // A line process that is gone will be noticed by its end of file.
  ::send(line_.get(), &message, sizeof message, MSG_NOSIGNAL);
}

}  // namespace

void lock_down_page(const Settings& settings) {
  base::sandbox::limit_resources({{RLIMIT_CORE, 0}, {RLIMIT_NPROC, 0}});
  const bool landlocked =
      base::sandbox::restrict_files({{settings.spool / "incoming", base::sandbox::FileRight::write},
                                     {settings.spool / "ready", base::sandbox::FileRight::write}});
  if (!landlocked)
    base::log::debug("this kernel has no Landlock: the page process is not bound to its folders");
  base::sandbox::allow_only({base::sandbox::plain_computing, base::sandbox::working_with_files});
}

int run_page(const ServedLine& served, const Settings& settings, base::RingMemory& ring,
             base::UniqueFd line) {
  base::log::set_speaker("line " + served.name.text);
  base::name_process(fmt::format("faxrx page {}", served.name.number));
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);  // it ends when its line process does
  ::signal(SIGPIPE, SIG_IGN);
  lock_down_page(settings);
  PageProcess(served, settings, ring, std::move(line)).run();
  return EX_OK;
}

}  // namespace faxrx
