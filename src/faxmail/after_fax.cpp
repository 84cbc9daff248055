// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/after_fax.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/unix_address.hpp"
#include "src/faxmail/message.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_runs = 4;
constexpr double answer_limit_s = 15;  // beyond the program's own: to copy files, to end what it started
constexpr std::int64_t first_pause_s = 2, longest_pause_s = 600;
constexpr std::int64_t give_up_after_s = 5LL * 86400;
constexpr unsigned tries_before_mail = 5;  // about a minute: a unit that starts again is no news

std::int64_t now_s() {
  return now_unix_ms() / 1000;
}

base::UniqueFd opened(const fs::path& file) {
  base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  return fd;
}

base::UniqueFd connected(const fs::path& path) {
  const sockaddr_un address = base::unix_address(path);
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw base::system_failure("cannot reach dahdi-faxmail-after at " + path.string() +
                               " (systemctl enable --now dahdi-faxmail-after.socket)");
  return socket;
}

}  // namespace

AfterFax::AfterFax(base::EventLoop& loop, const Spool& spool, const Settings& settings,
                   OperatorMail& operator_mail)
    : loop_(loop),
      folder_(spool.folder() / "after"),
      settings_(settings),
      operator_mail_(operator_mail),
      timer_(loop, CLOCK_BOOTTIME, [this] { go_on(); }) {
  base::make_durable_folder(folder_, 0770);
  read_folder();
}

AfterFax::~AfterFax() = default;

void AfterFax::read_folder() {
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    struct stat status {};
    if (name.starts_with("."))
      fs::remove_all(entry.path());  // what a crash left unfinished, or on its way out
    else if (const auto id = base::CallId::parse(name); id && ::stat(entry.path().c_str(), &status) == 0)
      waiting_[*id] = {status.st_mtime, 0, 0};
  }
}

// Trouble of this machine's own costs a fax its turn, never the service.
template <typename Act>
void AfterFax::guarded(const base::CallId& id, const Act& act) noexcept {
  try {
    act();
  } catch (const std::exception& error) {
    base::log::error("fax {}, the program after it: {}", id.text(), error.what());
    const auto found = waiting_.find(id);
    if (found != waiting_.end()) found->second.not_before_unix_s = now_s() + longest_pause_s;
  }
}

void AfterFax::complete(const Job& job) noexcept {
  if (settings_.after.program.empty()) return;
  guarded(job.id, [&] {
    note(job);
    go_on();
  });
}

// Second names for what is on the disk already; the folder is there as a whole or not at all.
void AfterFax::note(const Job& job) {
  const fs::path whole = folder_ / job.id.text(), part = folder_ / ("." + job.id.text() + ".part");
  if (waiting_.count(job.id) != 0) return;
  fs::remove_all(part);
  base::make_durable_folder(part, 0770);
  for (const char* name : {record_file, tiff_file, pdf_file})
    if (fs::exists(job.folder / name)) fs::create_hard_link(job.folder / name, part / name);
  base::fsync_folder(part);
  base::durable_rename(part, whole);
  waiting_[job.id] = {now_s(), 0, 0};
}

void AfterFax::resume() {
  for (auto& [id, one] : waiting_)
    one.not_before_unix_s = 0;
  go_on();
}

bool AfterFax::runs(const base::CallId& id) const {
  return std::any_of(runs_.begin(), runs_.end(), [&](const Run& one) { return one.id == id; });
}

void AfterFax::go_on() {
  if (stopping_ || settings_.after.program.empty()) return timer_.stop();
  std::int64_t next = INT64_MAX;
  std::vector<base::CallId> due;
  for (const auto& [id, one] : waiting_) {
    if (runs(id)) continue;
    if (one.not_before_unix_s <= now_s())
      due.push_back(id);
    else
      next = std::min(next, one.not_before_unix_s);
  }
  for (const base::CallId& id : due) {
    if (runs_.size() >= most_runs) break;
    guarded(id, [&] { start(id); });
    const auto found = waiting_.find(id);
    if (found != waiting_.end() && !runs(id)) next = std::min(next, found->second.not_before_unix_s);
  }
  if (next == INT64_MAX) return timer_.stop();
  timer_.set(std::chrono::seconds(std::clamp<std::int64_t>(next - now_s(), 1, longest_pause_s)));
}

AfterRequest AfterFax::request_for(const base::CallId& id) const {
  const fs::path folder = folder_ / id.text();
  AfterRequest request;
  request.record_json = base::read_file(folder / record_file, 2 * handoff::largest_record_json);
  request.name = file_name_of(handoff::from_json(request.record_json));
  if (fs::exists(folder / pdf_file)) request.files.push_back({"pdf", opened(folder / pdf_file)});
  request.files.push_back({"tif", opened(folder / tiff_file)});
  return request;
}

AfterFax::Run::Run(AfterFax& owner, const base::CallId& fax, base::UniqueFd connection)
    : id(fax),
      socket(std::move(connection)),
      answer(owner.loop_.on_readable(socket.get(),
                                     [this, &owner] {
                                       owner.heard(*this);
                                       return false;
                                     })),
      limit(owner.loop_, CLOCK_MONOTONIC, [this, &owner] {
        owner.ended(*this, {AfterOutcome::later, "dahdi-faxmail-after does not answer"});
      }) {
  limit.set(std::chrono::microseconds(
      static_cast<std::int64_t>((owner.settings_.after.limit_s + answer_limit_s) * 1e6)));
}

void AfterFax::start(const base::CallId& id) {
  try {
    base::UniqueFd socket = connected(settings_.after.socket);
    send_request(socket.get(), request_for(id));
    runs_.emplace_back(*this, id, std::move(socket));
    base::log::debug("fax {}: {} is run", id.text(), settings_.after.program.front());
  } catch (const std::exception& error) {
    put_off(id, error.what());
  }
}

void AfterFax::heard(Run& run) {
  AfterResult result;
  try {
    const auto answer = receive_result(run.socket.get());
    result = answer.value_or(AfterResult{AfterOutcome::later, "dahdi-faxmail-after ended without an answer"});
  } catch (const std::exception& error) {
    result = {AfterOutcome::later, error.what()};
  }
  ended(run, result);
}

void AfterFax::ended(Run& run, const AfterResult& result) {
  const base::CallId id = run.id;
  runs_.remove_if([&](const Run& one) { return &one == &run; });
  guarded(id, [&] { over(id, result); });
  guarded(id, [&] { go_on(); });
}

void AfterFax::over(const base::CallId& id, const AfterResult& result) {
  if (result.outcome == AfterOutcome::later) return put_off(id, result.words);
  const std::string& program =
      settings_.after.program.empty() ? "the program" : settings_.after.program.front();
  if (result.outcome == AfterOutcome::done) {
    base::log::info("fax {}: {} has had it{}{}", id.text(), program, result.words.empty() ? "" : ": ",
                    result.words);
  } else {
    base::log::error("fax {}: {} {}", id.text(), program, result.words);
    tell_operator(id, program + " " + result.words);
  }
  remove(id);
  operator_mail_.condition(causes::after_fax_waits, false, "");
}

void AfterFax::put_off(const base::CallId& id, const std::string& why) {
  Waiting& one = waiting_.at(id);
  if (now_s() - one.since_unix_s > give_up_after_s) {
    base::log::error("fax {}: no program is run for it any more, after five days: {}", id.text(), why);
    tell_operator(id, "given up after five days: " + why);
    return remove(id);
  }
  one.not_before_unix_s = now_s() + std::min(first_pause_s << std::min(one.tries, 16U), longest_pause_s);
  const bool first = one.tries++ == 0;
  const std::string text = fmt::format("fax {}: the program after it is not run now: {}", id.text(), why);
  if (first)
    base::log::warning("{}; it is tried again", text);
  else
    base::log::debug("{}", text);
  if (one.tries >= tries_before_mail)
    operator_mail_.condition(
        causes::after_fax_waits, true,
        fmt::format("{} wait{}: {}", waiting_.size(), waiting_.size() == 1 ? "s" : "", why));
}

void AfterFax::tell_operator(const base::CallId& id, const std::string& why) {
  const handoff::FaxRecord fax = handoff::from_json(
      base::read_file(folder_ / id.text() / record_file, 2 * handoff::largest_record_json));
  operator_mail_.report(
      causes::after_fax,
      {id.text(), fmt::format("{}: {} (call {})", file_name_of(fax), why, id.text()), {}, {}});
}

void AfterFax::remove(const base::CallId& id) {
  const fs::path done = folder_ / ("." + id.text() + ".done");
  base::durable_rename(folder_ / id.text(), done);
  waiting_.erase(id);
  std::error_code at_the_next_start;
  fs::remove_all(done, at_the_next_start);
}

void AfterFax::stop() {
  stopping_ = true;
  timer_.stop();
}

}  // namespace faxmail
