// SPDX-License-Identifier: GPL-2.0-or-later
// Documents whose reading does not come back, as on a server that hangs (hanging_read.cpp), and who must not suffer from
// them: the loop, other givers, and the fax itself once it can be read.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/scenario/process.hpp"
#include "tests/unit/fuse_file.hpp"
#include "tests/unit/handoff_parts.hpp"

using handoff::Frame;
using handoff::FrameType;
using handoff_parts::Connection;
using handoff_parts::offer_of;
using handoff_parts::Taker;
namespace fs = std::filesystem;

namespace {

constexpr faxmail::Intake::Limits patient{2, 60, 4e6}, impatient{2, 0.3, 4e6};

void hang(const fs::path& file) {
  REQUIRE(::chmod(file.c_str(), 01644) == 0);
}

void come_back(const fs::path& file) {
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
}

// The offer of a document that hangs from now on.
Frame hanging_offer(const fs::path& document, const handoff::FaxRecord& record) {
  Frame frame = offer_of(document, record);
  hang(document);
  return frame;
}

bool nothing_is_left(const Taker& taker) {
  return taker.spool.jobs().empty() && fs::is_empty(taker.spool.queue());
}

}  // namespace

TEST_CASE(
    "while a document hangs others are taken, nobody reads on from its connection, and then it is taken") {
  Taker taker(patient);
  const auto slow = mail_parts::sample_record(), quick = mail_parts::sample_record();
  const fs::path document = taker.document("II* slow", "slow");
  taker.begin(taker.first, hanging_offer(document, slow));
  handoff::send_frame(taker.first.giver.get(), offer_of(taker.document(), mail_parts::sample_record()));
  Connection second;
  for (int turns = 0; turns < 3; ++turns) {
    taker.begin(second, offer_of(taker.document(), turns == 0 ? quick : mail_parts::sample_record()));
    CHECK(taker.answer(second).type == FrameType::ack);
  }
  CHECK_FALSE(taker.first.served);
  CHECK(taker.intake.working());
  CHECK(handoff::peek_frame(taker.first.taker.get()));  // the next frame still waits
  come_back(document);
  CHECK(taker.answer(taker.first).type == FrameType::ack);
  CHECK(taker.first.goes_on);
  CHECK_FALSE(taker.intake.working());
  CHECK(unit::text_in(taker.spool.job_folder(slow.id) / "fax.tif") == "II* slow");
  CHECK(taker.accepted.size() == 4);
}

TEST_CASE("a document that never comes is put off when its time is up, and nothing is left of it") {
  Taker taker(impatient);
  const auto record = mail_parts::sample_record();
  const fs::path document = taker.document("II* hangs", "hangs");
  Frame offer = hanging_offer(document, record);
  taker.begin(taker.first, offer);
  Frame answer = taker.answer(taker.first);
  CHECK(answer.type == FrameType::nak_later);
  CHECK(answer.id == record.id);
  CHECK(answer.text == "the process that copies the document was stopped because its time was up");
  CHECK_FALSE(taker.first.goes_on);  // a new connection brings a clear one
  CHECK(nothing_is_left(taker));
  CHECK(taker.accepted.empty());

  come_back(document);
  Connection later;
  taker.begin(later, offer);
  CHECK(taker.answer(later).type == FrameType::ack);
  CHECK(taker.spool.jobs().size() == 1);
}

TEST_CASE("a file system in user space that does not answer stops neither the loop nor the next giver") {
  Taker taker(patient);
  unit::FuseFile file(taker.folder.path);
  if (!file.is_there()) {
    MESSAGE("not tried, since there is no FUSE to be had: " << file.why());
    return;
  }
  // A process of its own: whoever has such a file open waits when it closes it, and the taker never has.
  const pid_t giver = base::fork_child([&] {
    handoff::send_frame(taker.first.giver.get(), offer_of(file.open(), 15, mail_parts::sample_record()));
    return ::pause();
  });
  pollfd offered{taker.first.taker.get(), POLLIN, 0};
  REQUIRE(::poll(&offered, 1, 10'000) == 1);
  file.hang();
  taker.begin(taker.first);
  Connection second;
  taker.begin(second, offer_of(taker.document(), mail_parts::sample_record()));
  CHECK(taker.answer(second).type == FrameType::ack);
  CHECK_FALSE(taker.first.served);
  file.come_back();
  CHECK(taker.answer(taker.first).text == "the document is on a file system in user space");
  ::kill(giver, SIGKILL);
  unit::wait_for(giver);
}

TEST_CASE("copies at once are bounded: the others wait for their turn, and get it") {
  Taker taker(patient);
  std::list<Connection> givers(5);
  std::vector<fs::path> documents;
  for (Connection& giver : givers) {
    documents.push_back(taker.document("II* slow", fmt::format("slow{}", documents.size())));
    taker.begin(giver, hanging_offer(documents.back(), mail_parts::sample_record()));
  }
  const auto begun = [&] {
    return std::distance(fs::directory_iterator(taker.spool.queue()), fs::directory_iterator());
  };
  CHECK(taker.until([&] { return begun() == 2; }));
  for (const fs::path& document : documents)
    come_back(document);
  for (Connection& giver : givers)
    CHECK(taker.answer(giver).type == FrameType::ack);
  CHECK(taker.spool.jobs().size() == givers.size());
}

TEST_CASE("the same fax offered over two connections at once is one job, and both hear so") {
  Taker taker(patient);
  const auto record = mail_parts::sample_record();
  const fs::path document = taker.document("II* twice", "twice");
  const Frame offer = hanging_offer(document, record);
  Connection second;
  taker.begin(taker.first, offer);
  taker.begin(second, offer);
  CHECK_FALSE(second.served);
  come_back(document);
  CHECK(taker.answer(taker.first).type == FrameType::ack);
  CHECK(taker.answer(second).type == FrameType::ack);
  CHECK(taker.spool.jobs() == std::vector{record.id});
  CHECK(unit::names_in(taker.spool.queue()) == std::set<std::string>{record.id.text() + ".accepted"});
}

TEST_CASE("a fax whose first offer is no good is taken from the second, which came meanwhile") {
  Taker taker(patient);
  const auto record = mail_parts::sample_record();
  const fs::path document = taker.document("II* twice", "twice");
  Frame bad = hanging_offer(document, record), good = offer_of(taker.document(), record);
  bad.sha256[0] ^= 1;
  Connection second;
  taker.begin(taker.first, bad);
  taker.begin(second, good);
  come_back(document);
  CHECK(taker.answer(taker.first).type == FrameType::nak_never);
  CHECK(taker.answer(second).type == FrameType::ack);
  CHECK(taker.spool.jobs().size() == 1);
}

TEST_CASE("a giver that goes away while its document is copied loses nothing, and doubles nothing") {
  Taker taker(patient);
  const auto record = mail_parts::sample_record();
  const fs::path document = taker.document("II* gone", "gone");
  const Frame offer = hanging_offer(document, record);
  taker.begin(taker.first, offer);
  taker.first.giver.reset();
  come_back(document);
  REQUIRE(taker.until([&] { return taker.first.served; }));
  CHECK_FALSE(taker.first.goes_on);
  CHECK(taker.accepted == std::vector{record.id});  // it is mailed, whether the giver heard of it or not
  Connection later;
  taker.begin(later, offer);
  CHECK(taker.answer(later).type == FrameType::ack);
  CHECK(taker.spool.jobs() == std::vector{record.id});
}

TEST_CASE("a copier that is killed means later, and nothing is left of it") {
  Taker taker(patient);
  const fs::path document = taker.document("II* killed", "killed");
  taker.begin(taker.first, hanging_offer(document, mail_parts::sample_record()));
  const auto copiers =
      scenario::descendants_named(::getpid(), std::string(program_invocation_short_name).substr(0, 15));
  REQUIRE(copiers.size() == 1);
  ::kill(copiers.front(), SIGKILL);
  const Frame answer = taker.answer(taker.first);
  CHECK(answer.type == FrameType::nak_later);
  CHECK(answer.text == "the process that copies the document was killed by SIGKILL");
  CHECK(nothing_is_left(taker));
}

TEST_CASE("at the stop what is copied is finished and acknowledged, and what waits is left to its giver") {
  Taker taker({1, 60, 4e6});
  const auto record = mail_parts::sample_record();
  const fs::path document = taker.document("II* last", "last");
  Connection second;
  taker.begin(taker.first, hanging_offer(document, record));
  taker.begin(second, offer_of(taker.document(), mail_parts::sample_record()));
  taker.intake.stop();
  CHECK(second.served);
  CHECK_FALSE(second.goes_on);
  CHECK_FALSE(second.answer());
  CHECK(taker.intake.working());
  come_back(document);
  CHECK(taker.answer(taker.first).type == FrameType::ack);
  CHECK_FALSE(taker.intake.working());
  CHECK(taker.spool.jobs() == std::vector{record.id});
}

TEST_CASE("an intake that ends in the middle leaves the spool as if it had never been offered") {
  Taker taker(patient);
  {
    faxmail::Intake intake(taker.loop, taker.spool, {});
    Connection connection;
    handoff::send_frame(connection.giver.get(), hanging_offer(taker.document(), mail_parts::sample_record()));
    intake.serve(connection.taker.get(), [](bool) {});
    CHECK(intake.working());
    CHECK_FALSE(fs::is_empty(taker.spool.queue()));
  }
  CHECK(nothing_is_left(taker));
}
