// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/givers.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "src/base/log.hpp"

namespace faxmail {

Givers::Givers(base::EventLoop& loop, const Settings& settings, Intake& intake,
               std::chrono::microseconds silence_limit)
    : loop_(loop),
      settings_(settings),
      intake_(intake),
      silence_limit_(silence_limit),
      socket_(settings.socket),
      listening_(loop.on_readable(socket_.fd(), [this] {
        came();
        return true;
      })) {}

Givers::~Givers() = default;

Givers::Giver::Giver(Givers& givers, base::UniqueFd connection)
    : owner(givers),
      socket(std::move(connection)),
      silence(givers.loop_, CLOCK_MONOTONIC, [this] { owner.drop(*this); }) {
  listen();
}

void Givers::Giver::listen() {
  silence.set(owner.silence_limit_);
  input = owner.loop_.on_readable(socket.get(), [this] {
    spoke();
    return false;
  });
}

void Givers::Giver::spoke() {
  waits_for_answer = true;
  input.drop();
  silence.stop();
  owner.intake_.serve(socket.get(), [this](bool goes_on) { served(goes_on); });
}

void Givers::Giver::served(bool goes_on) {
  waits_for_answer = false;
  if (!goes_on || owner.stopping_) return owner.drop(*this);
  listen();
}

void Givers::came() {
  try {
    take();
  } catch (const std::exception& error) {
    base::log::warning("{}", error.what());
  }
}

void Givers::take() {
  base::UniqueFd socket(::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) return;  // it went away again
  if (!may_hand_over(socket.get())) return;
  if (givers_.size() >= most) {
    base::log::warning("a program was sent away from the hand-off socket: {} are connected already", most);
    return;
  }
  givers_.emplace_back(*this, std::move(socket));
}

bool Givers::may_hand_over(int socket) const {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  if (who.uid == 0 || who.uid == ::geteuid()) return true;
  const passwd* user = ::getpwuid(who.uid);
  const std::string name = user == nullptr ? std::to_string(who.uid) : user->pw_name;
  const auto& allowed = settings_.allowed_users;
  if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) return true;
  base::log::warning(
      "user {} (process {}) may not hand over faxes; allowed_users in dahdi-faxmail.conf says who may", name,
      who.pid);
  return false;
}

void Givers::drop(Giver& giver) {
  givers_.remove_if([&](const Giver& one) { return &one == &giver; });
}

void Givers::stop() {
  stopping_ = true;
  listening_.drop();
  givers_.remove_if([](const Giver& one) { return !one.waits_for_answer; });
}

}  // namespace faxmail
