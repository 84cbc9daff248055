// SPDX-License-Identifier: GPL-2.0-or-later
// Taking faxes over: what an ACK means, what a repeated offer is, what a report is. Hostile givers are in
// hostile_giver_test.cpp, documents that hang in slow_document_test.cpp.
#include "src/faxmail/intake.hpp"

#include <doctest/doctest.h>

#include "src/faxmail/job.hpp"
#include "tests/unit/handoff_parts.hpp"

using faxmail::Intake;
using faxmail::Spool;
using handoff::Frame;
using handoff::FrameType;
using handoff_parts::offer_of;
using handoff_parts::Taker;
using unit::ScratchFolder;

TEST_CASE("an offered fax is on the disk, whole, before its ACK goes out") {
  Taker table;
  const auto record = mail_parts::sample_record();
  const auto document = table.document(std::string(300000, 'x'));
  const Frame answer = table.answer_to(offer_of(document, record));
  CHECK(answer.type == FrameType::ack);
  CHECK(answer.id == record.id);
  CHECK(table.accepted == std::vector{record.id});
  const auto job = table.spool.job_folder(record.id);
  CHECK(mail_parts::contents(job / "fax.tif") == std::string(300000, 'x'));
  CHECK(handoff::from_json(mail_parts::contents(job / "fax.json")).caller_number == record.caller_number);
  CHECK(std::filesystem::exists(job / "state.json"));
}

TEST_CASE("the same fax offered again gets its ACK again and is not doubled, even after a restart") {
  ScratchFolder folder;
  const auto record = mail_parts::sample_record();
  {
    Taker table;
    CHECK(table.answer_to(offer_of(table.document(), record)).type == FrameType::ack);
    CHECK(table.answer_to(offer_of(table.document(), record)).type == FrameType::ack);
    CHECK(table.spool.jobs().size() == 1);
    table.spool.remove_job(record.id);  // it was mailed
    CHECK(table.answer_to(offer_of(table.document(), record)).type == FrameType::ack);
    CHECK(table.spool.jobs().empty());
    std::filesystem::copy(table.folder / "spool", folder / "spool", std::filesystem::copy_options::recursive);
  }
  const Spool after_restart(folder / "spool");
  CHECK(after_restart.knows(record.id));
}

TEST_CASE("a day's ids survive a torn line, and are forgotten after 120 days") {
  ScratchFolder folder;
  const auto first = base::CallId::random(), second = base::CallId::random();
  faxmail::KnownIds(folder / "known").add(first);
  const auto file = std::filesystem::directory_iterator(folder / "known")->path();
  unit::put_file(file, mail_parts::contents(file) + "0123456789ab");
  faxmail::KnownIds(folder / "known").add(second);
  faxmail::KnownIds ids(folder / "known");
  CHECK(ids.contains(first));
  CHECK(ids.contains(second));
  ids.forget_old(std::time(nullptr) + 119 * 86400);
  CHECK(faxmail::KnownIds(folder / "known").contains(first));
  ids.forget_old(std::time(nullptr) + 122 * 86400);
  CHECK_FALSE(faxmail::KnownIds(folder / "known").contains(first));
}

TEST_CASE("a spool that cannot be written means later, and the fax is taken when it can") {
  Taker table;
  const auto record = mail_parts::sample_record();
  const auto queue = table.spool.queue();
  std::filesystem::rename(queue, table.folder / "away");
  unit::put_file(queue, "a file where the folder was");
  const Frame answer = table.answer_to(offer_of(table.document(), record));
  CHECK(answer.type == FrameType::nak_later);
  CHECK_FALSE(answer.text.empty());
  std::filesystem::remove(queue);
  std::filesystem::rename(table.folder / "away", queue);
  CHECK(table.answer_to(offer_of(table.document(), record)).type == FrameType::ack);
}

TEST_CASE("a giver that goes away ends its connection") {
  Taker table;
  table.first.giver.reset();
  table.begin(table.first);
  CHECK(table.first.served);
  CHECK_FALSE(table.first.goes_on);
}

TEST_CASE("two programs never share a spool") {
  ScratchFolder folder;
  const Spool first(folder / "spool");
  CHECK_THROWS_AS(Spool(folder / "spool"), base::Failure);
}

namespace {

Frame report_of(const base::CallId& id, const std::string& text) {
  return {FrameType::report, id, 0, {}, text, {}};
}

std::string report_about(const base::CallId& id) {
  handoff::FaxRecord call;
  call.id = id;
  call.outcome = "failed";
  return handoff::to_json(handoff::CallReport{call});
}

}  // namespace

TEST_CASE("a report is taken once, and answered only when it is kept; what is none is refused for good") {
  std::vector<base::CallId> heard;
  bool disk_is_full = true;
  Taker table({}, [&](const base::CallId& id, const handoff::Report&) {
    if (disk_is_full) throw base::system_failure("cannot write", ENOSPC);
    heard.push_back(id);
  });
  const auto answer = [&](const Frame& frame) { return table.answer_to(frame); };
  const auto id = base::CallId::random();
  CHECK(answer(report_of(id, report_about(id))).type == FrameType::nak_later);
  disk_is_full = false;
  CHECK(answer(report_of(id, report_about(id))).type == FrameType::ack);
  CHECK(answer(report_of(id, report_about(id))).type == FrameType::ack);  // its ACK was lost
  CHECK(heard == std::vector<base::CallId>{id});
  const auto other = base::CallId::random();
  CHECK(answer(report_of(other, report_about(id))).text == "the call's id is not the frame's");
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("\0\0", 2)})
    CHECK(answer(report_of(other, bad)).type == FrameType::nak_never);
  CHECK(answer(report_of({}, report_about({}))).type == FrameType::nak_never);
  CHECK_FALSE(table.first.goes_on);
  CHECK(heard.size() == 1);
  CHECK(table.spool.jobs().empty());
}
