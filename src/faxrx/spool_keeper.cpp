// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/spool_keeper.hpp"

#include <csignal>

#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/base/socket_pair.hpp"
#include "src/faxrx/spool.hpp"

namespace faxrx {
namespace {

using namespace std::chrono_literals;

constexpr auto restart_pause = 1s;

}  // namespace

SpoolKeeper::SpoolKeeper(base::EventLoop& loop)
    : loop_(loop), pause_(loop, CLOCK_MONOTONIC, [this] {
        try {
          start();
        } catch (const std::system_error& error) {
          base::log::error("the spool process cannot be started: {}", error.what());
          pause_.set(restart_pause);
        }
      }) {}

void SpoolKeeper::follow(std::shared_ptr<const Settings> settings) {
  const bool first = settings_ == nullptr;
  const bool same = !first && settings->handoff_socket == settings_->handoff_socket &&
                    settings->least_free_mb == settings_->least_free_mb &&
                    settings->answer_when_full == settings_->answer_when_full;
  settings_ = std::move(settings);
  if (first) return start();
  if (!same) control_.reset();  // it ends, and starts with the new ones
}

void SpoolKeeper::end() {
  ending_ = true;
  pause_.stop();
  control_.reset();
}

void SpoolKeeper::start() {
  base::SocketPair control = base::socket_pair();
  pid_ = base::fork_child([this, &control] {
    ::signal(SIGHUP, SIG_IGN);
    base::sandbox::close_other_fds({control[1].get()});
    return run_spool(*settings_, std::move(control[1]));
  });
  control_ = std::move(control[0]);
  end_ = loop_.on_child(pid_, [this](int status) { ended(status); });
}

void SpoolKeeper::ended(int status) {
  pid_ = -1;
  if (ending_) return;
  const bool as_told = status == 0 && !control_;
  if (!as_told) base::log::error("the spool process {}; starting it again", base::how_it_ended(status));
  pause_.set(as_told ? 0s : restart_pause);
}

}  // namespace faxrx
