// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/span/span_process.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "src/base/child.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/base/sandbox.hpp"
#include "src/span/pri_controller.hpp"
#include "src/span/span_calls.hpp"

namespace span {
namespace {

constexpr std::size_t most_channels = 128;
constexpr int words_a_turn = 32;  // of one line: it must not keep the others waiting
constexpr std::chrono::seconds alive_interval{alive_interval_s};

// Greater than any that a process before this one gave: it began earlier.
std::uint64_t first_call_number() {
  return static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
}

class SpanProcess final : public LineSide {
 public:
  SpanProcess(std::unique_ptr<hw::isdn::DChannel> d_channel, base::UniqueFd control,
              const hw::isdn::SpanPlace& place, const SpanSettings& settings)
      : d_channel_(std::move(d_channel)),
        control_(std::move(control)),
        controller_(*d_channel_, access_of(settings, place.type), switch_type_of(settings, place.type),
                    settings.overlap_digits > 0),
        calls_(settings, access_of(settings, place.type), controller_, *this, first_call_number()) {}

  int run();
  void tell(unsigned timeslot, const ToLine& word) override;

 private:
  struct Channel {
    unsigned timeslot;
    base::UniqueFd link;
  };
  void wait();
  [[nodiscard]] int wait_ms() const;
  void hear_supervisor();
  void take_channel(const ChannelWord& word, base::UniqueFd link);
  void hear_line(Channel& channel, short revents);
  bool hear_d_channel();  // false: it is gone
  void say_alive();

  std::unique_ptr<hw::isdn::DChannel> d_channel_;
  base::UniqueFd control_;
  PriController controller_;
  SpanCalls calls_;
  std::vector<Channel> channels_;
  std::vector<pollfd> polled_;
  Clock::time_point alive_at_;
  bool draining_ = false;
};

int SpanProcess::run() {
  for (;;) {
    if (!hear_d_channel()) return EX_UNAVAILABLE;
    controller_.work([this](const IsdnEvent& event) { calls_.take(event, Clock::now()); });
    calls_.time_passes(Clock::now());
    say_alive();
    if (draining_ && !calls_.has_calls()) return EX_OK;
    wait();
  }
}

int SpanProcess::wait_ms() const {
  const auto until = [](Clock::time_point then) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(then - Clock::now()).count();
    return static_cast<int>(std::clamp<long>(left, 0, 60'000));
  };
  int wait = until(alive_at_);
  if (const int of_libpri = controller_.timeout_ms(); of_libpri >= 0) wait = std::min(wait, of_libpri);
  if (const auto deadline = calls_.next_deadline()) wait = std::min(wait, until(*deadline));
  return wait;
}

// In this order: control, D channel, lines.
void SpanProcess::wait() {
  polled_.assign({{control_.get(), POLLIN, 0}, {d_channel_->fd(), d_channel_->poll_events(), 0}});
  for (const Channel& channel : channels_)
    polled_.push_back({channel.link.get(), POLLIN, 0});
  ::poll(polled_.data(), polled_.size(), wait_ms());
  const std::size_t channels = channels_.size();
  for (std::size_t i = 0; i < channels; ++i)
    if (polled_[2 + i].revents != 0) hear_line(channels_[i], polled_[2 + i].revents);
  if (polled_[0].revents != 0) hear_supervisor();
}

void SpanProcess::hear_line(Channel& channel, short revents) {
  for (int i = 0; i < words_a_turn; ++i) {
    const auto word = hw::isdn::hear_line(channel.link.get());
    if (word)
      calls_.hear(channel.timeslot, *word, Clock::now());
    else if ((revents & (POLLHUP | POLLERR)) != 0)
      break;
    else
      return;
  }
  if ((revents & (POLLHUP | POLLERR)) == 0) return;
  // Supervisor and line are both gone.
  channel.link.reset();
  calls_.hear(channel.timeslot, {hw::isdn::LineWord::closed}, Clock::now());
}

bool SpanProcess::hear_d_channel() {
  using hw::isdn::DEvent;
  for (DEvent event = d_channel_->next_event(); event != DEvent::none; event = d_channel_->next_event()) {
    if (event == DEvent::gone)
      return base::log::error("the D channel is gone; it is looked for again and again"), false;
    calls_.alarm(event == DEvent::alarm);
  }
  return true;
}

void SpanProcess::hear_supervisor() {
  ChannelWord word{};
  iovec part{&word, sizeof word};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> rights{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = rights.data();
  message.msg_controllen = rights.size();
  const ssize_t got = ::recvmsg(control_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return;
  base::UniqueFd link;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    link.reset(fd);
  }
  if (got == sizeof word && word.word == ControlWord::channel && link)
    return take_channel(word, std::move(link));
  if (got != 0 && word.word != ControlWord::drain) return;
  draining_ = true;
  calls_.take_no_more_calls();
  if (got == 0) control_.reset();
}

void SpanProcess::take_channel(const ChannelWord& word, base::UniqueFd link) {
  if (channels_.size() >= most_channels) return;
  const auto known = std::find_if(channels_.begin(), channels_.end(),
                                  [&word](const Channel& one) { return one.timeslot == word.timeslot; });
  if (known != channels_.end())
    known->link = std::move(link);
  else
    channels_.push_back({word.timeslot, std::move(link)});
  calls_.add_channel(word.timeslot,
                     std::string(word.line.data(), ::strnlen(word.line.data(), word.line.size())));
}

void SpanProcess::tell(unsigned timeslot, const ToLine& word) {
  for (const Channel& channel : channels_)
    if (channel.timeslot == timeslot && channel.link && !hw::isdn::say(channel.link.get(), word))
      base::log::warning("the line of channel {} does not take its words", timeslot);
}

void SpanProcess::say_alive() {
  if (Clock::now() < alive_at_) return;
  alive_at_ = Clock::now() + alive_interval;
  const ControlWord word = ControlWord::alive;
  if (control_) ::send(control_.get(), &word, sizeof word, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void tell_why(const base::UniqueFd& supervisor, std::string_view why) {
  const std::string message = static_cast<char>(ControlWord::cannot_open) + std::string(why);
  ::send(supervisor.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

bool send_channel(int control, unsigned timeslot, const std::string& line, int link) noexcept {
  ChannelWord word{};
  word.timeslot = timeslot;
  std::memcpy(word.line.data(), line.data(), std::min(line.size(), word.line.size()));
  iovec part{&word, sizeof word};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> rights{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = rights.data();
  message.msg_controllen = rights.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof link);
  std::memcpy(CMSG_DATA(header), &link, sizeof link);
  return ::sendmsg(control, &message, MSG_NOSIGNAL) == sizeof word;
}

void lock_down_span() {
  base::sandbox::limit_resources({{RLIMIT_CORE, 0}, {RLIMIT_NPROC, 0}});
  base::sandbox::restrict_files({});
  // accept4: for the D channel of a software exchange.
  base::sandbox::allow_only({base::sandbox::plain_computing, {"ioctl", "accept4"}});
}

int run_span(const hw::isdn::SpanPlace& place, const SpanSettings& settings, base::UniqueFd control) {
  base::log::set_speaker("span " + place.span);
  base::name_process("faxrx span " + place.span);
  ::signal(SIGINT, SIG_IGN);  // a terminal's ^C goes to the supervisor, which ends us after the last call
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<hw::isdn::DChannel> d_channel;
  try {
    d_channel = place.open(place.d_channel);
  } catch (const std::exception& error) {
    tell_why(control, error.what());
    return EX_UNAVAILABLE;
  }
  lock_down_span();
  const ControlWord open = ControlWord::is_open;
  ::send(control.get(), &open, sizeof open, MSG_DONTWAIT | MSG_NOSIGNAL);
  return SpanProcess(std::move(d_channel), std::move(control), place, settings).run();
}

}  // namespace span
