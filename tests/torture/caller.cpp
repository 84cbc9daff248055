// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/caller.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "src/base/errors.hpp"

namespace torture {
namespace {

constexpr int look_again_ms = 20;

std::filesystem::path made_empty(const std::filesystem::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) throw base::system_failure("cannot make " + file.string());
  return file;
}

base::UniqueFd watch(const std::filesystem::path& file) {
  base::UniqueFd inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify || ::inotify_add_watch(inotify.get(), file.c_str(), IN_MODIFY) < 0)
    throw base::system_failure("cannot watch " + file.string());
  return inotify;
}

bool ends_a_page(const std::string& name, const std::string& fourth_octet) {
  if (name == "PPS") return fourth_octet != "00";  // PPS-NULL ends a block (T.30, annex A.4.3)
  return name == "MPS" || name == "EOM" || name == "EOP";
}

bool answers_a_page(const std::string& name) {
  for (const char* response : {"MCF", "RTP", "RTN", "PPR", "ERR", "DCN"})
    if (name == response) return true;
  return false;
}

}  // namespace

// "   19.18 s  -> PPS  ff 13 bf 2f 00 00 25", "    0.00 s  ringing 030 on /tmp/lines/3"
Event event_of(const std::string& trace_line) {
  std::istringstream words(trace_line);
  std::string time, s, first, second, octet;
  words >> time >> s >> first >> second;
  if (first == "ringing")
    return {Moment::ringing, static_cast<unsigned>(std::stoul(trace_line.substr(trace_line.rfind('/') + 1)))};
  if (first == "answered") return {Moment::answered, 0};
  if (first == "<-" && answers_a_page(second)) return {Moment::page_response, 0};
  if (first != "->") return {Moment::other, 0};
  for (int i = 0; i < 4; ++i)
    words >> octet;
  return {ends_a_page(second, octet) ? Moment::page_command : Moment::other, 0};
}

Caller::Caller(const std::vector<std::string>& options, const std::filesystem::path& folder,
               const std::string& name)
    : trace_(made_empty(folder / (name + ".log"))),
      output_(made_empty(folder / (name + ".out"))),  // of an earlier attempt: Process appends
      inotify_(watch(trace_)),
      process_(options, folder / name),
      trace_fd_(::open(trace_.c_str(), O_RDONLY | O_CLOEXEC)) {}

std::optional<Event> Caller::next_event() {
  for (;;) {
    const std::size_t end = unread_.find('\n');
    if (end == std::string::npos) {
      std::array<char, 4096> bytes;
      const ssize_t got = ::read(trace_fd_.get(), bytes.data(), bytes.size());
      if (got <= 0) return std::nullopt;
      unread_.append(bytes.data(), static_cast<std::size_t>(got));
      continue;
    }
    const Event event = event_of(unread_.substr(0, end));
    unread_.erase(0, end + 1);
    if (event.moment == Moment::page_command) unanswered_ = true;
    if (event.moment == Moment::page_response) unanswered_ = false;
    if (event.moment != Moment::other) return event;
  }
}

void Caller::wait_for_more() {
  pollfd fd{inotify_.get(), POLLIN, 0};
  ::poll(&fd, 1, look_again_ms);
  std::array<char, 1024> events;
  while (::read(inotify_.get(), events.data(), events.size()) > 0) {
  }
}

std::optional<Event> Caller::wait_for(Moment moment) {
  for (;;) {
    const bool runs = process_.runs();  // before the last look
    while (const auto event = next_event())
      if (event->moment == moment) return event;
    if (!runs) return std::nullopt;
    wait_for_more();
  }
}

bool Caller::page_is_unanswered() {
  while (next_event()) {
  }
  return unanswered_;
}

nlohmann::json Caller::result() {
  process_.wait();
  return nlohmann::json::parse(process_.output(), nullptr, false);
}

}  // namespace torture
