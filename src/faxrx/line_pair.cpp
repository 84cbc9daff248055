// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/line_pair.hpp"

#include <sys/socket.h>

#include <csignal>
#include <tuple>

#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/sandbox.hpp"
#include "src/base/socket_pair.hpp"
#include "src/faxrx/page.hpp"

namespace faxrx {
namespace {

// What a line and its page process read of what is not their line's own.
auto read_by_a_pair(const Settings& all) {
  return std::tie(all.spool, all.store_retry_s, all.least_free_mb, all.answer_when_full, all.traces_keep_days,
                  all.recordings);
}

}  // namespace

bool same_for_the_line(const PairSettings& one, const PairSettings& other) {
  return one.line->settings == other.line->settings && read_by_a_pair(*one.all) == read_by_a_pair(*other.all);
}

void LinePair::start(PairSettings settings, base::UniqueFd span) {
  settings_ = std::move(settings);
  opened = false;
  ring_ = std::make_unique<base::RingMemory>();
  base::SocketPair link = base::socket_pair();     // line process, page process
  base::SocketPair control = base::socket_pair();  // supervisor, line process
  loops_seen_ = 0;
  started_ = std::chrono::steady_clock::now();
  page_pid = base::fork_child([this, &link] {
    ::signal(SIGHUP, SIG_IGN);  // a terminal that goes sends it to everybody; it is for the supervisor
    base::sandbox::close_other_fds({link[1].get(), spool_lock_->get()});
    return run_page(*settings_.line, *settings_.all, *ring_, std::move(link[1]));
  });
  control_ = std::move(control[0]);
  line_pid = base::fork_child([this, &link, &control, &span] {
    ::signal(SIGHUP, SIG_IGN);
    base::sandbox::close_other_fds({link[0].get(), control[1].get(), span.get()});
    const bool audio_wanted = settings_.all->recordings != "off";
    return run_line(*settings_.line,
                    {ring_.get(), std::move(link[0]), std::move(control[1]), audio_wanted, std::move(span)});
  });
}

void LinePair::say(ControlWord word) noexcept {
  // Whoever is gone needs no word.
  if (control_) ::send(control_.get(), &word, sizeof word, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool LinePair::moved() noexcept {
  if (line_pid < 0 || !opened) return true;
  const std::uint64_t loops = ring_->header().loops.load(std::memory_order_relaxed);
  return std::exchange(loops_seen_, loops) != loops;
}

std::chrono::steady_clock::duration LinePair::lived() const noexcept {
  return std::chrono::steady_clock::now() - started_;
}

std::optional<LineStatus> LinePair::status() const noexcept {
  if (line_pid < 0 || !opened) return std::nullopt;
  return ring_->header().status.read<LineStatus>();
}

}  // namespace faxrx
