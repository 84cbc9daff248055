// SPDX-License-Identifier: GPL-2.0-or-later
// The guest's part of the power cut (power_cut.cpp): power_story SHARED hand-over|drain [NAME=value...]
//
// Looks after what is on /disk since the last time: each fax that was acknowledged by then (SHARED/acknowledged, "ID
// NUMBER" a line) is in the queue as it was handed over, or in the mailbox (SHARED/mails). Then a dahdi-faxmail works with
// that spool, faxes are handed over to it, and each ACK is told. Until the machine is gone; or, to drain, until the queue
// is empty.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include "src/base/call_id.hpp"
#include "tests/torture/giver.hpp"
#include "tests/torture/mail_sink.hpp"
#include "tests/torture/mail_station.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr unsigned most_waiting = 6;  // faxes in the queue: a PDF takes a second here
const fs::path spool = "/disk/spool", here = "/run/power";

void tell(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

bool is_in_queue(const torture::GivenFax& fax) {
  const std::string document = scenario::text_of(torture::queued_mail(spool, fax.id.text()) / "fax.tif");
  return !document.empty() && document == scenario::text_of(fax.tiff);
}

std::uint32_t look_after(const fs::path& shared) {
  std::ifstream acknowledged(shared / "acknowledged");
  std::uint32_t last = 0, number = 0;
  unsigned mailed = 0, queued = 0, lost = 0;
  for (std::string id; acknowledged >> id >> number; last = std::max(last, number)) {
    torture::GivenFax fax = torture::make_given_fax(here, number);
    fax.id = *base::CallId::parse(id);
    const bool in_mailbox = !torture::mails_of(id, shared / "mails").empty();
    if (in_mailbox)
      ++mailed;
    else if (is_in_queue(fax))
      ++queued;
    else
      ++lost, tell("lost " + id);
    fs::remove(fax.tiff);
  }
  tell(fmt::format("found {} mailed, {} in the queue, {} lost", mailed, queued, lost));
  return last;
}

void hand_over(torture::MailStation& station, std::uint32_t number) {
  torture::Giver giver(station.socket());
  for (;;) {
    if (station.queued() >= most_waiting) {
      std::this_thread::sleep_for(5ms);
      continue;
    }
    const torture::GivenFax fax = torture::make_given_fax(here, ++number);
    const torture::HandOver end = giver.offer(fax);
    if (end == torture::HandOver::taken) tell(fmt::format("acknowledged {} {}", fax.id.text(), number));
    if (end == torture::HandOver::refused) tell("refused: " + giver.last_words());
    fs::remove(fax.tiff);
  }
}

int run(const fs::path& shared, const std::string& task, std::vector<std::string> environment) {
  fs::create_directories(here);
  const std::uint32_t last = look_after(shared);
  torture::MailSink sink(shared / "mails");
  torture::MailStation station({here, spool, sink.port(), 4, {}, std::move(environment)});
  station.start();
  tell("ready");
  if (task == "hand-over") hand_over(station, last);
  const bool empty = scenario::eventually([&] { return station.queued() == 0; }, 120s);
  tell(empty ? "the queue is empty" : "the queue does not become empty:\n" + station.process.log());
  station.process.signal(SIGTERM);
  return station.process.wait() == 0 && empty ? 0 : 1;
}

}  // namespace

int main(int count, char** words) try {
  return run(words[1], words[2], {words + 3, words + count});
} catch (const std::exception& error) {
  fmt::print("power_story: {}\n", error.what());
  return 1;
}
