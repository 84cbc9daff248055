// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/spool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <set>

#include "src/base/child.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/base/unix_address.hpp"
#include "src/faxrx/reports.hpp"
#include "src/handoff/fax_record.hpp"
#include "src/handoff/frame.hpp"

namespace faxrx {
namespace fs = std::filesystem;
namespace {

constexpr int answer_limit_s = 60;
constexpr int first_pause_ms = 500, longest_pause_ms = 5'000;

enum class Round { all_gone, some_wait };

class SpoolProcess {
 public:
  SpoolProcess(const Settings& settings, base::UniqueFd control);
  void run();

 private:
  Round offer_everything();
  // nullopt: it was taken already, or cannot be read.
  std::optional<handoff::Frame> offer_of(const std::string& id);
  bool was_taken(const std::string& id);
  handoff::Frame read_fax(const std::string& id);
  bool tell_reports();
  void hand_over(const handoff::Frame& offer);
  handoff::Frame answer_to(const handoff::Frame& offer);
  void connect();
  void refused(const std::string& id, const std::string& why);
  bool wait(int limit_ms);
  [[nodiscard]] std::vector<std::string> waiting_ids() const;

  const Settings& settings_;
  fs::path ready_, refused_;
  base::UniqueFd control_, changes_, socket_;
  Reports reports_;
  bool trouble_told_ = false;
  std::set<std::string> unreadable_;  // faxes that could not be read; each was told once
};

SpoolProcess::SpoolProcess(const Settings& settings, base::UniqueFd control)
    : settings_(settings),
      ready_(settings.spool / "ready"),
      refused_(settings.spool / "refused"),
      control_(std::move(control)),
      changes_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      reports_(settings) {
  // The record's rename is the moment a fax is there.
  if (!changes_ || ::inotify_add_watch(changes_.get(), ready_.c_str(), IN_MOVED_TO) < 0)
    throw base::system_failure("cannot watch " + ready_.string());
}

void SpoolProcess::run() {
  int pause_ms = first_pause_ms;
  for (;;) {
    const Round round = offer_everything();
    pause_ms = round == Round::all_gone ? first_pause_ms : std::min(pause_ms * 2, longest_pause_ms);
    if (!wait(round == Round::all_gone ? longest_pause_ms : pause_ms)) break;
  }
  offer_everything();
}

// False: the supervisor wants an end.
bool SpoolProcess::wait(int limit_ms) {
  std::array<pollfd, 2> fds = {{{control_.get(), POLLIN, 0}, {changes_.get(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), limit_ms);
  std::array<char, 4096> events;
  while (::read(changes_.get(), events.data(), events.size()) > 0) {
  }
  return fds[0].revents == 0;
}

std::vector<std::string> SpoolProcess::waiting_ids() const {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(ready_)) {
    const std::string id = entry.path().stem().string();
    if (entry.path().extension() == ".json" && base::CallId::parse(id))
      found.emplace_back(entry.last_write_time(), id);
  }
  std::sort(found.begin(), found.end());  // oldest first
  std::vector<std::string> ids;
  ids.reserve(found.size());
  for (auto& [time, id] : found)
    ids.push_back(std::move(id));
  return ids;
}

Round SpoolProcess::offer_everything() {
  Round round = Round::all_gone;
  for (const std::string& id : waiting_ids()) {
    const std::optional<handoff::Frame> offer = offer_of(id);
    if (!offer && unreadable_.count(id) != 0) round = Round::some_wait;
    if (!offer) continue;
    try {
      hand_over(*offer);
      trouble_told_ = false;
    } catch (const std::exception& error) {
      socket_.reset();
      if (!trouble_told_)
        base::log::warning("faxes wait in {} and are offered again: {}", ready_.string(), error.what());
      trouble_told_ = true;
      return Round::some_wait;
    }
  }
  return tell_reports() ? round : Round::some_wait;
}

// False: something is still to be told. Its trouble is its own: the faxes are gone before it.
bool SpoolProcess::tell_reports() {
  try {
    return reports_.tell([this](const handoff::Frame& frame) { return answer_to(frame); });
  } catch (const std::exception& error) {
    socket_.reset();
    base::log::debug("reports wait in {}: {}", ready_.string(), error.what());
    return false;
  }
}

// One fax that cannot be read must not hold up the others.
std::optional<handoff::Frame> SpoolProcess::offer_of(const std::string& id) {
  try {
    if (was_taken(id)) return std::nullopt;
    handoff::Frame offer = read_fax(id);
    unreadable_.erase(id);
    return offer;
  } catch (const std::exception& error) {
    if (unreadable_.insert(id).second) base::log::error("fax {} cannot be handed over: {}", id, error.what());
    return std::nullopt;
  }
}

// The document goes before its record: a record alone is a fax that was taken just before a crash.
bool SpoolProcess::was_taken(const std::string& id) {
  if (fs::exists(ready_ / (id + ".tif"))) return false;
  base::durable_remove(ready_ / (id + ".json"));
  unreadable_.erase(id);
  return true;
}

handoff::Frame SpoolProcess::read_fax(const std::string& id) {
  const fs::path document = ready_ / (id + ".tif");
  const fs::path record = ready_ / (id + ".json");
  handoff::Frame offer;
  offer.id = *base::CallId::parse(id);
  offer.document.reset(::open(document.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!offer.document || ::fstat(offer.document.get(), &status) != 0)
    throw base::system_failure("cannot read " + document.string());
  offer.text = base::read_file(record, handoff::largest_record_json);
  offer.document_bytes = static_cast<std::uint64_t>(status.st_size);
  offer.sha256 = handoff::sha256_of(offer.document.get());
  return offer;
}

void SpoolProcess::hand_over(const handoff::Frame& offer) {
  const std::string id = offer.id.text();
  const handoff::Frame answer = answer_to(offer);
  if (answer.type == handoff::FrameType::nak_never) return refused(id, answer.text);
  if (answer.type != handoff::FrameType::ack)
    throw base::Failure("dahdi-faxmail cannot take it now: {}", answer.text);
  base::durable_remove(ready_ / (id + ".tif"));
  base::durable_remove(ready_ / (id + ".json"));
  base::log::info("fax {} handed over to dahdi-faxmail", id);
}

handoff::Frame SpoolProcess::answer_to(const handoff::Frame& offer) {
  if (!socket_) connect();
  handoff::send_frame(socket_.get(), offer);
  std::optional<handoff::Frame> answer = handoff::receive_frame(socket_.get());
  if (!answer) throw base::Failure("dahdi-faxmail hung up");
  const bool not_understood = offer.type == handoff::FrameType::report && answer->id == base::CallId{} &&
                              answer->type == handoff::FrameType::nak_never;
  if (not_understood) socket_.reset();  // by an older one, which has hung up
  if ((answer->id != offer.id && !not_understood) || answer->type == handoff::FrameType::offer ||
      answer->type == handoff::FrameType::report)
    throw base::Failure("dahdi-faxmail answered something else");
  return std::move(*answer);
}

void SpoolProcess::connect() {
  const sockaddr_un address = base::unix_address(settings_.handoff_socket);
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const timeval limit{answer_limit_s, 0};
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw base::system_failure("cannot reach dahdi-faxmail at " + settings_.handoff_socket.string() +
                               " (is it running?)");
  socket_ = std::move(socket);
}

// Refused for ever: nobody would take it at the next offer either, so it goes out of the way and in front of
// the operator.
void SpoolProcess::refused(const std::string& id, const std::string& why) {
  base::log::error("dahdi-faxmail refuses fax {} for ever ({}); it is kept in {}: please look at it", id, why,
                   refused_.string());
  // The document first: a record that a crash leaves alone in ready/ is tidied away, a document there would
  // lie unseen.
  for (const char* ending : {".tif", ".json"})
    base::durable_rename(ready_ / (id + ending), refused_ / (id + ending));
}

}  // namespace

void lock_down_spool(const Settings& settings) {
  base::sandbox::limit_resources({{RLIMIT_CORE, 0}, {RLIMIT_NPROC, 0}});
  base::sandbox::restrict_files({{settings.spool / "ready", base::sandbox::FileRight::write},
                                 {settings.spool / "refused", base::sandbox::FileRight::write}});
  base::sandbox::allow_only({base::sandbox::plain_computing,
                             base::sandbox::working_with_files,
                             {"socket:unix", "connect", "setsockopt", "inotify_init1", "inotify_add_watch"}});
}

int run_spool(const Settings& settings, base::UniqueFd control) {
  base::log::set_speaker("spool");
  base::name_process("faxrx spool");
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);  // it ends with its supervisor's word
  ::signal(SIGPIPE, SIG_IGN);
  lock_down_spool(settings);
  SpoolProcess(settings, std::move(control)).run();
  return EX_OK;
}

}  // namespace faxrx
