// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/page.hpp"

#include <malloc.h>
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
constexpr int try_again_ms = 500;  // while a page waits for room

class PageProcess {
 public:
  PageProcess(const ServedLine& served, const Settings& settings, base::RingMemory& ring, base::UniqueFd line)
      : line_name_(served.name.text),
        settings_(settings),
        spool_(settings.spool),
        keeper_(settings, served),
        reader_(ring),
        line_(std::move(line)) {}

  void run();

 private:
  void read_ring();
  bool wait_for_line();
  void tell_verdict(std::optional<t30::Verdict> verdict);
  void say_whether_calls_may_come();
  [[nodiscard]] bool enough_room() const;
  void tell_line(const PageMessage& message) const;

  const std::string& line_name_;
  const Settings& settings_;
  Spool spool_;
  CallKeeper keeper_;
  base::RingReader reader_;
  base::UniqueFd line_;
  std::optional<bool> room_told_;
  std::uint64_t pages_ = 0;  // ends taken from this ring
};

void PageProcess::run() {
  finish_leftovers(spool_, line_name_);
  say_whether_calls_may_come();
  while (wait_for_line()) {
    read_ring();
    if (keeper_.in_a_call()) continue;
    ::malloc_trim(0);  // a page's rows are a megabyte, and the next call may come tomorrow
    say_whether_calls_may_come();
    if (room_told_ == true) keeper_.finish_unfinished();
  }
  read_ring();
  keeper_.line_process_is_gone();
}

// False: the line process is gone.
bool PageProcess::wait_for_line() {
  reader_.about_to_sleep();
  read_ring();  // what came before the line process could see that we sleep
  pollfd fd{line_.get(), POLLIN, 0};
  ::poll(&fd, 1, keeper_.page_waits() ? try_again_ms : look_at_disk_ms);
  reader_.awake();
  std::array<char, 64> wake_ups;
  for (;;) {
    const ssize_t got = ::recv(line_.get(), wake_ups.data(), wake_ups.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) return false;
    if (got < 0) return true;
  }
}

void PageProcess::read_ring() {
  tell_verdict(keeper_.try_again());
  while (const auto record = reader_.get())
    tell_verdict(keeper_.take(*record));
}

void PageProcess::tell_verdict(std::optional<t30::Verdict> verdict) {
  if (verdict) tell_line({MessageKind::verdict, static_cast<std::uint32_t>(*verdict), ++pages_});
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
  const bool may = room || settings_.answer_when_full;
  if (!room)
    base::log::error("calls are {}: less than {} MB are free in {}, or it is not writable",
                     may ? "answered, but their pages may be refused" : "not answered",
                     settings_.least_free_mb, settings_.spool.string());
  else if (room_told_)
    base::log::info("there is room in {} again: calls are answered", settings_.spool.string());
  room_told_ = room;
  tell_line({MessageKind::may_answer, may ? 1U : 0U});
}

void PageProcess::tell_line(const PageMessage& message) const {
  // A line process that is gone will be noticed by its end of file.
  ::send(line_.get(), &message, sizeof message, MSG_NOSIGNAL);
}

}  // namespace

void lock_down_page(const Settings& settings) {
  base::sandbox::limit_resources({{RLIMIT_CORE, 0}, {RLIMIT_NPROC, 0}});
  const Spool spool(settings.spool);
  std::vector<base::sandbox::Folder> folders;
  for (const std::filesystem::path& folder : {spool.incoming, spool.ready, spool.trace, spool.recordings})
    folders.push_back({folder, base::sandbox::FileRight::write});
  const bool landlocked = base::sandbox::restrict_files(folders);
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
  ::signal(SIGXFSZ, SIG_IGN);  // a file beyond a limit is a page not stored, not the end of this process
  ::mallopt(M_MMAP_THRESHOLD, 64 * 1024);  // large blocks go back to the system, however many there were
  lock_down_page(settings);
  PageProcess(served, settings, ring, std::move(line)).run();
  return EX_OK;
}

}  // namespace faxrx
