// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/line_pair.hpp"

#include <sys/socket.h>

#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/sandbox.hpp"
#include "src/base/socket_pair.hpp"
#include "src/faxrx/page.hpp"

namespace faxrx {

void LinePair::start() {
  ring_ = std::make_unique<base::RingMemory>();
  base::SocketPair link = base::socket_pair();     // line process, page process
  base::SocketPair control = base::socket_pair();  // supervisor, line process
  opened = false;
  loops_seen_ = 0;
  started_ = std::chrono::steady_clock::now();
  page_pid = base::fork_child([this, &link] {
    base::sandbox::close_other_fds({link[1].get(), spool_lock_->get()});
    return run_page(*served_, *settings_, *ring_, std::move(link[1]));
  });
  line_pid = base::fork_child([this, &link, &control] {
    base::sandbox::close_other_fds({link[0].get(), control[1].get()});
    const bool audio_wanted = settings_->recordings != "off";
    return run_line(*served_, {ring_.get(), std::move(link[0]), std::move(control[1]), audio_wanted});
  });
  control_ = std::move(control[0]);
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

}  // namespace faxrx
