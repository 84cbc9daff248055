// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/intake.hpp"

#include <sys/statvfs.h>
#include <sys/wait.h>

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/offered_document.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using handoff::FrameType;

// A document becomes TIFF, PDF and a mail of 4/3 of that, and state files must still fit when it is there.
constexpr std::uint64_t room_per_byte = 4;
constexpr std::uint64_t room_besides = 16ULL << 20;

// What the giver may try again after somebody has seen to it; base::Failure is for what never gets better.
class Later : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string cut(std::string sentence) {
  sentence.resize(std::min(sentence.size(), handoff::largest_sentence));
  return sentence;
}

bool ended_with(const WorkerEnd& end, CopyEnd code) {
  return !end.timed_out && WIFEXITED(end.wait_status) &&
         WEXITSTATUS(end.wait_status) == static_cast<int>(code);
}

}  // namespace

Intake::Intake(base::EventLoop& loop, Spool& spool, Accepted accepted, Reported reported, Limits limits)
    : spool_(spool),
      accepted_(std::move(accepted)),
      reported_(std::move(reported)),
      limits_(limits),
      copiers_(loop) {}

Intake::~Intake() {
  for (const Offer& offer : offers_) {
    if (offer.copier == 0) continue;
    copiers_.cancel(offer.copier);
    spool_.abandon_job(offer.frame.id);
  }
}

void Intake::serve(int socket, Served served) {
  Offer offer{socket, {}, {}, std::move(served)};
  try {
    auto frame = handoff::peek_frame(socket);
    if (!frame) return offer.served(false);
    offer.frame = std::move(*frame);
  } catch (const base::Failure& error) {
    base::log::warning("the hand-off socket brought no good frame: {}", error.what());
    handoff::drop_frame(socket);
    return say(offer, {FrameType::nak_never, error.what()});
  } catch (const std::exception& error) {
    base::log::warning("a connection on the hand-off socket was ended: {}", error.what());
    return offer.served(false);
  }
  const auto answer = answer_of(offer.frame.id, [&] { return answer_at_once(offer); });
  if (answer) {
    handoff::drop_frame(socket);
    return say(offer, *answer);
  }
  offers_.push_back(std::move(offer));
  start_copies();
}

template <typename Act>
std::optional<Intake::Answer> Intake::answer_of(const base::CallId& id, const Act& act) {
  try {
    return act();
  } catch (const base::Failure& error) {
    base::log::warning("fax {} was refused for good: {}", id.text(), error.what());
    return Answer{FrameType::nak_never, error.what()};
  } catch (const std::exception& error) {
    base::log::error("fax {} cannot be taken over now: {}", id.text(), error.what());
    return Answer{FrameType::nak_later, error.what()};
  }
}

// nullopt: its document must be copied first.
std::optional<Intake::Answer> Intake::answer_at_once(Offer& offer) {
  const handoff::Frame& frame = offer.frame;
  if (frame.id == base::CallId{}) throw base::Failure("an id of zeros names no fax");
  if (frame.type == FrameType::report) return take_report(frame);
  if (frame.type != FrameType::offer) throw base::Failure("only OFFER and REPORT frames are taken here");
  const handoff::FaxRecord record = handoff::from_json(frame.text);
  if (record.id != frame.id) throw base::Failure("the record's id is not the frame's");
  if (spool_.knows(frame.id)) return acknowledge_again(frame.id);
  offer.record_json = handoff::to_json(record);
  return std::nullopt;
}

Intake::Answer Intake::take_report(const handoff::Frame& frame) {
  const handoff::Report report = handoff::report_from_json(frame.text);
  const auto* call = std::get_if<handoff::CallReport>(&report);
  if (call != nullptr && call->call.id != frame.id) throw base::Failure("the call's id is not the frame's");
  if (!spool_.knows(frame.id) && reported_) reported_(frame.id, report);
  spool_.remember(frame.id);
  return {FrameType::ack, {}};
}

// Its first ACK was lost; or it was a NAK, because one of the last steps failed: they are made again.
Intake::Answer Intake::acknowledge_again(const base::CallId& id) {
  base::log::debug("fax {} was offered again", id.text());
  base::fsync_folder(spool_.queue());
  spool_.remember(id);
  return {FrameType::ack, {}};
}

bool Intake::is_being_copied(const base::CallId& id) const {
  return std::any_of(offers_.begin(), offers_.end(),
                     [&](const Offer& one) { return one.copier != 0 && one.frame.id == id; });
}

void Intake::start_copies() {
  for (auto next = offers_.begin(); next != offers_.end();) {
    const auto offer = next++;
    const base::CallId id = offer->frame.id;
    if (stopping_ || copiers_.running() >= limits_.copies_at_once) return;
    if (offer->copier != 0 || is_being_copied(id)) continue;
    const auto answer = answer_of(id, [&] { return start_copy(offer); });
    if (!answer) continue;
    Offer over = std::move(*offer);
    offers_.erase(offer);
    handoff::drop_frame(over.socket);
    say(over, *answer);
  }
}

std::optional<Intake::Answer> Intake::start_copy(Offers::iterator offer) {
  const base::CallId id = offer->frame.id;
  if (spool_.knows(id)) return acknowledge_again(id);  // another connection was quicker
  const std::uint64_t bytes = offer->frame.document_bytes;
  check_room(bytes);
  try {
    const fs::path folder = spool_.begin_job(id);
    offer->copier =
        copiers_.start([folder, socket = offer->socket, &record = offer->record_json](
                           int output) { return copy_offer_in_child(socket, folder, record, output); },
                       limits_.copy_s + static_cast<double>(bytes) / limits_.bytes_a_second,
                       [this, offer](const WorkerEnd& end) { copied(offer, end); });
  } catch (...) {
    spool_.abandon_job(id);
    throw;
  }
  return std::nullopt;
}

void Intake::copied(Offers::iterator offer, const WorkerEnd& end) {
  Offer over = std::move(*offer);
  offers_.erase(offer);
  say(over, *answer_of(over.frame.id, [&] { return std::optional(commit(over.frame.id, end)); }));
  start_copies();
}

// Why an ACK is true, step by step, each only when the one before has succeeded:
//   1. the child wrote each file of .ID.part, fsynced it, renamed it, and fsynced .ID.part: what is in the folder is on
//      the disk, and nobody takes the folder for a job, since its name begins with a dot (a start removes it);
//   2. commit_job() renames the folder to ID.accepted, and fsyncs queue/: now a start finds the job, whole;
//   3. remember() fsyncs the id: however soon the job is done and gone, the fax is not taken twice;
//   4. the ACK is sent, and the giver removes its own copy.
// A crash before 2 leaves the giver with the fax; one after 2 leaves both with it, and the id tells them apart.
Intake::Answer Intake::commit(const base::CallId& id, const WorkerEnd& end) {
  if (!end.good()) spool_.abandon_job(id);
  if (ended_with(end, CopyEnd::never)) throw base::Failure("{}", end.output);
  if (ended_with(end, CopyEnd::later)) throw Later(end.output);
  if (!end.good()) {
    const std::string why = "the process that copies the document " + end.in_words();
    base::log::error("fax {} cannot be taken over now: {}{}{}", id.text(), why,
                     end.output.empty() ? "" : ": ", end.output);
    // Whether it has taken the frame from the socket is not known: another connection brings a clear one.
    return {FrameType::nak_later, why, false};
  }
  try {
    spool_.commit_job(id);
  } catch (...) {
    spool_.abandon_job(id);
    throw;
  }
  spool_.remember(id);
  return {FrameType::ack, {}};
}

void Intake::say(Offer& offer, const Answer& answer) {
  bool goes_on = answer.goes_on && offer.frame.id != base::CallId{};
  try {
    handoff::send_frame(offer.socket, {answer.type, offer.frame.id, 0, {}, cut(answer.sentence), {}});
  } catch (const std::exception& error) {
    // A giver that does not read its answers, or is gone before them. It will offer again.
    base::log::warning("a connection on the hand-off socket was ended: {}", error.what());
    goes_on = false;
  }
  // Whatever the giver heard: what is in the queue is mailed.
  try {
    if (spool_.has_job(offer.frame.id)) accepted_(offer.frame.id);
  } catch (const std::exception& error) {
    base::log::error("fax {} waits in the queue: {}", offer.frame.id.text(), error.what());
  }
  offer.served(goes_on);
}

void Intake::stop() {
  stopping_ = true;
  for (auto next = offers_.begin(); next != offers_.end();) {
    const auto offer = next++;
    if (offer->copier != 0) continue;
    const Served served = std::move(offer->served);
    offers_.erase(offer);
    served(false);
  }
}

void Intake::check_room(std::uint64_t bytes) const {
  struct statvfs system {};
  if (::statvfs(spool_.folder().c_str(), &system) != 0)
    throw base::system_failure("cannot look at " + spool_.folder().string());
  for (const Offer& other : offers_)
    if (other.copier != 0) bytes += other.frame.document_bytes;
  const std::uint64_t free = std::uint64_t{system.f_bavail} * system.f_frsize;
  if (free < bytes * room_per_byte + room_besides)
    throw Later(fmt::format("the disk of {} is full: {} MB are free", spool_.folder().string(), free >> 20));
}

}  // namespace faxmail
