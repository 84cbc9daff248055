// SPDX-License-Identifier: GPL-2.0-or-later
// What the operator is told, and how seldom. The mails are looked at in the queue's folders.
#include "src/faxmail/operator_mail.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/faxmail/call_reports.hpp"
#include "src/faxmail/disk_watch.hpp"
#include "src/faxmail/job.hpp"
#include "tests/unit/mail_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

using faxmail::Incident;
using faxmail::Job;
using faxmail::OperatorMail;
namespace causes = faxmail::causes;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// A service without everything else; can be started again on the same spool.
class Desk {
 public:
  Desk() {
    settings.spool = scratch / "spool";
    settings.operator_address = "boss@example.org";
    settings.operator_interval_s = 3600;
    start();
  }
  void start() {
    mail.reset();
    spool.reset();
    spool = std::make_unique<faxmail::Spool>(settings.spool);
    mail = std::make_unique<OperatorMail>(loop, *spool, settings,
                                          [this](const base::CallId& id) { accepted.push_back(id); });
    mail->resume();
  }
  void happens(const faxmail::Cause& cause, int number) {
    mail->report(cause, {std::to_string(number), fmt::format("number {} happened", number), {}, {}});
  }
  // Until the next mail is in the queue.
  bool run_until_mails(std::size_t count, std::chrono::seconds limit = 10s) {
    base::Timer time_is_up(loop, CLOCK_MONOTONIC, [this] { loop.stop(0); });
    time_is_up.set(limit);
    const auto look = loop.before_sleep([&] {
      if (accepted.size() >= count) loop.stop(0);
    });
    loop.run();
    return accepted.size() >= count;
  }
  Job job(std::size_t number) const {
    return faxmail::load_job(spool->job_folder(accepted.at(number)), accepted.at(number));
  }
  std::string text(std::size_t number) const {
    return base::read_file(job(number).folder / "message.eml", 1 << 24);
  }

  unit::ScratchFolder scratch;
  base::EventLoop loop;
  faxmail::Settings settings;
  std::unique_ptr<faxmail::Spool> spool;
  std::vector<base::CallId> accepted;
  std::unique_ptr<OperatorMail> mail;
};

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

handoff::FaxRecord failed_call(const char* outcome, const char* modem) {
  handoff::FaxRecord call;
  call.id = base::CallId::random();
  call.called = "4711";
  call.outcome = outcome;
  call.sentence = "the two machines lost each other";
  call.modem = modem;
  return call;
}

}  // namespace

TEST_CASE("the first one is told at once, with what to do; the next ones are counted") {
  Desk desk;
  desk.happens(causes::failed_call, 1);
  REQUIRE(desk.accepted.size() == 1);
  CHECK(desk.job(0).recipients.at(0).address == "boss@example.org");
  CHECK(desk.job(0).subject == "A call brought no fax");
  CHECK(has(desk.text(0), "number 1 happened"));
  CHECK(has(desk.text(0), "ask him to try again"));
  for (int i = 2; i <= 100; ++i)
    desk.happens(causes::failed_call, i);
  CHECK(desk.accepted.size() == 1);
  desk.happens(causes::cut_fax, 1);  // another cause has its own mail
  CHECK(desk.accepted.size() == 2);
  desk.settings.operator_interval_s = 1;
  ::sleep(2);
  desk.happens(causes::failed_call, 101);
  REQUIRE(desk.accepted.size() == 3);
  CHECK(desk.job(2).subject == "A call brought no fax (100 times)");
  CHECK(has(desk.text(2), "happened 100 times since"));
  CHECK(has(desk.text(2), "number 51 happened"));
  CHECK_FALSE(has(desk.text(2), "number 52 happened"));
  CHECK(has(desk.text(2), "and 50 more, which the log has"));
}

TEST_CASE("what waits for its hour survives restarts, is mailed when it is time, and nothing is told twice") {
  Desk desk;
  desk.happens(causes::failed_call, 1);
  desk.happens(causes::failed_call, 2);
  desk.start();
  desk.happens(causes::failed_call, 1);
  desk.happens(causes::failed_call, 2);
  desk.happens(causes::failed_call, 3);
  CHECK(desk.accepted.size() == 1);
  desk.settings.operator_interval_s = 1;
  desk.start();
  REQUIRE(desk.run_until_mails(2));
  CHECK(desk.job(1).subject == "A call brought no fax (2 times)");
  desk.start();
  desk.happens(causes::failed_call, 3);
  ::sleep(2);
  desk.start();
  CHECK(desk.accepted.size() == 2);
}

TEST_CASE("killed between any two writes, there is one mail, not two and not none") {
  for (const bool mail_is_there : {false, true}) {
    CAPTURE(mail_is_there);
    Desk desk;
    desk.happens(causes::failed_call, 1);
    const fs::path state = desk.settings.spool / "operator" / "failed-call.json";
    // As the state was when the mail was planned; the mail itself is there already, or not yet.
    auto json = nlohmann::json::parse(unit::text_in(state));
    json["mail_id"] = desk.accepted[0].text();
    json["last_mail_unix_s"] = 0;
    json["waiting"] = {{{"key", "1"}, {"line", "number 1 happened"}, {"unix_s", 5}}};
    unit::put_file(state, json.dump());
    const auto id = desk.accepted[0];
    if (!mail_is_there) fs::remove_all(desk.spool->job_folder(id));
    desk.start();
    CHECK(desk.spool->jobs() == std::vector<base::CallId>{id});
    CHECK(has(desk.text(0), "number 1 happened"));
    desk.start();
    CHECK(desk.accepted.size() == 2);  // told of the same one again, and of no other
  }
}

TEST_CASE("a state that cannot be read, or is somebody else's, stops nobody") {
  Desk desk;
  unit::put_file(desk.settings.spool / "operator" / "failed-call.json", "{\"version\": 1");
  unit::put_file(desk.settings.spool / "operator" / "no-cause.json", "{}");
  desk.start();
  desk.happens(causes::failed_call, 1);
  CHECK(desk.accepted.size() == 1);
}

TEST_CASE("a trouble that lasts is told once when it begins, not at each look, and not at each restart") {
  Desk desk;
  for (int i = 0; i < 50; ++i)
    desk.mail->condition(causes::disk_of_mail, true, "3 MB are free");
  desk.start();
  desk.mail->condition(causes::disk_of_mail, true, "3 MB are free");
  CHECK(desk.accepted.size() == 1);
  CHECK(has(desk.text(0), "3 MB are free"));
  CHECK(has(desk.text(0), "Make room"));
  desk.mail->condition(causes::disk_of_mail, false, "");
  desk.mail->condition(causes::disk_of_mail, true, "2 MB are free");  // within the hour: it waits
  CHECK(desk.accepted.size() == 1);
  const fs::path state = desk.settings.spool / "operator" / "disk-of-mail.json";
  auto json = nlohmann::json::parse(unit::text_in(state));
  json["last_told_unix_s"] = json["last_mail_unix_s"] = std::time(nullptr) - 25 * 3600;
  json["waiting"] = nlohmann::json::array();
  unit::put_file(state, json.dump());
  desk.start();
  desk.mail->condition(causes::disk_of_mail, true, "1 MB are free");  // a day later
  CHECK(desk.accepted.size() == 2);
}

TEST_CASE("which calls without a page the operator hears of is his choice") {
  struct Row {
    const char *setting, *outcome, *modem;
    bool told;
  };
  for (const Row& row : {Row{"failed", "failed", "V.17", true},
                         {"failed", "caller_hung_up", "V.17", true},
                         {"failed", "caller_hung_up", "", false},
                         {"failed", "no_fax", "", false},
                         {"failed", "incompatible", "", true},
                         {"all", "no_fax", "", true},
                         {"cut", "failed", "V.17", false},
                         {"none", "failed", "V.17", false}}) {
    INFO(row.setting << " " << row.outcome << " " << row.modem);
    Desk desk;
    desk.settings.report_calls = row.setting;
    const auto call = failed_call(row.outcome, row.modem);
    faxmail::report_news(handoff::CallReport{call}, desk.settings, *desk.mail);
    faxmail::report_news(handoff::CallReport{call}, desk.settings, *desk.mail);
    REQUIRE(desk.accepted.size() == (row.told ? 1 : 0));
    if (!row.told) continue;
    CHECK(has(desk.text(0), call.id.text()));
    CHECK(has(desk.text(0), "the two machines lost each other"));
  }
}

TEST_CASE("a fax that was cut off is told with what arrived, but not to the operator who has it anyway") {
  Desk desk;
  Job job;
  job.folder = desk.scratch / "job";
  fs::create_directory(job.folder);
  auto fax = mail_parts::sample_record();
  fax.complete = false;
  fax.sentence = "the caller hung up before the end";
  job.id = fax.id;
  job.has_pdf = true;
  unit::put_file(job.folder / "fax.json", handoff::to_json(fax));
  unit::put_file(job.folder / "fax.pdf", "%PDF-1.7 what arrived");
  job.recipients = {{"boss@example.org", faxmail::RecipientState::waiting, {}, 0}};
  faxmail::report_fax(job, desk.settings, *desk.mail);
  CHECK(desk.accepted.empty());
  job.recipients = {{"a@example.org", faxmail::RecipientState::waiting, {}, 0}};
  faxmail::report_fax(job, desk.settings, *desk.mail);
  faxmail::report_fax(job, desk.settings, *desk.mail);  // again after a crash
  REQUIRE(desk.accepted.size() == 1);
  CHECK(has(desk.text(0), "the caller hung up before the end"));
  CHECK(has(desk.text(0), "application/pdf"));
  fs::remove_all(job.folder);  // the mail is whole without it
  CHECK(desk.job(0).subject == "A fax was cut off");
}

TEST_CASE(
    "no PDF could be made: the operator has the TIFF and the cause, once; with every fax it is one mail and "
    "a list") {
  Desk desk;
  desk.settings.report_calls = "none";  // which is about calls alone
  for (int n = 0; n < 3; ++n) {
    Job job;
    job.folder = desk.scratch / fmt::format("job{}", n);
    fs::create_directory(job.folder);
    const auto fax = mail_parts::sample_record();
    job.id = fax.id;
    job.trouble = "fax.tif is no TIFF file";
    unit::put_file(job.folder / "fax.json", handoff::to_json(fax));
    unit::put_file(job.folder / "fax.tif", "what arrived");
    job.recipients = {{"boss@example.org", faxmail::RecipientState::waiting, {}, 0}};
    faxmail::report_fax(job, desk.settings, *desk.mail);  // his own fax's mail says it
    CHECK(desk.accepted.size() == (n == 0 ? 0 : 1));
    job.recipients = {{"a@example.org", faxmail::RecipientState::waiting, {}, 0}};
    faxmail::report_fax(job, desk.settings, *desk.mail);
    faxmail::report_fax(job, desk.settings, *desk.mail);  // again after a crash
    CHECK(desk.accepted.size() == 1);
  }
  CHECK(desk.job(0).subject == "A fax without a PDF");
  CHECK(has(desk.text(0), "fax.tif is no TIFF file"));
  CHECK(has(desk.text(0), "image/tiff"));
  CHECK(has(desk.text(0), "libgs9"));
}

TEST_CASE("the receiver's full disk is told, and when there is room again a new trouble is new") {
  Desk desk;
  desk.settings.report_calls = "none";  // which is about calls alone
  handoff::DiskReport disk{"/var/spool/x", true, 12, 100, false};
  faxmail::report_news(disk, desk.settings, *desk.mail);
  faxmail::report_news(disk, desk.settings, *desk.mail);
  REQUIRE(desk.accepted.size() == 1);
  CHECK(desk.job(0).subject == "Faxes cannot be received: the disk is full");
  CHECK(has(desk.text(0), "12 MB are free in /var/spool/x, 100 MB are needed; calls are not answered"));
}

TEST_CASE("a folder with less room than is asked for is told; two on one disk once") {
  const unit::ScratchFolder folder;
  CHECK(faxmail::nearly_full({folder.path, folder.path}, 0).empty());
  CHECK(faxmail::nearly_full({folder.path, folder.path}, 4'000'000'000).size() == 1);
  CHECK(faxmail::nearly_full({"/nowhere"}, 4'000'000'000).empty());
  Desk desk;
  faxmail::DiskWatch watch(desk.loop, *desk.spool, desk.settings, *desk.mail);
  desk.settings.warn_free_mb = 0;
  watch.look();
  CHECK(desk.accepted.empty());
  desk.settings.warn_free_mb = 4'000'000'000;
  watch.look();
  watch.look();
  CHECK(desk.accepted.size() == 1);
}
