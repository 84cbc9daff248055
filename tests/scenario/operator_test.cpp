// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of the operator: what the programs say, where files lie, mailing a file by hand.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <regex>

#include "tests/scenario/office.hpp"

using namespace scenario;
namespace fs = std::filesystem;

namespace {

struct Said {
  int code;
  std::string out, log;
};

Said run(const Words& command) {
  std::string folder = (fs::temp_directory_path() / "said.XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  Process process(command, fs::path(folder) / "said");
  const int code = process.wait();
  Said said{code, process.output(), process.log()};
  fs::remove_all(folder);
  return said;
}

fs::path config_with(const std::string& text) {
  const fs::path file = fs::temp_directory_path() / "story.conf";
  std::ofstream(file) << text;
  return file;
}

}  // namespace

TEST_CASE("TIFF and PDF are filed by called number, under names that are safe whatever the caller sends") {
  Office office;
  check_confirmed(office.call({"--to", "030987654", "--from", "../../etc/x", one_page()}),
                  {"V.17", 14400, true, 1});
  office.mail(1);
  std::vector<std::string> names;
  REQUIRE(fs::exists(office.mail_spool() / "archive" / "030987654"));
  for (const auto& entry : fs::directory_iterator(office.mail_spool() / "archive" / "030987654"))
    if (entry.path().filename().string().front() != '.') names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  REQUIRE(names.size() == 3);
  const std::regex form(R"(030987654_etcx_1_\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d_[0-9a-f]+\.(json|pdf|tif))");
  for (const std::string& name : names)
    CHECK_MESSAGE(std::regex_match(name, form), name);
  const fs::perms mode = fs::status(office.mail_spool() / "archive" / "030987654").permissions();
  CHECK((mode & fs::perms::all) == (fs::perms::owner_all | fs::perms::group_all));
}

TEST_CASE(
    "routes: dial patterns, a number cut to its last digits, several recipients, cc, own From and Subject, "
    "TIFF too") {
  Office office(
      {.routes =
           "[[route]]\nmatch = \"_69\"\nkeep_last = 2\nto = [\"a@example.org\", \"b@example.org\"]\n"
           "cc = \"c@example.org\"\nfrom = \"desk@example.org\"\nsubject = \"For desk 69 from {caller}\"\n"
           "attach_tiff = true\n"
           "[[route]]\nmatch = \"_X.\"\nto = \"rest@example.org\"\n"});
  check_confirmed(office.call({"--to", "49301234569", one_page()}), {"V.17", 14400, true, 1});
  const Mail mail = office.mail(1);
  CHECK(mail.envelope["to"] == nlohmann::json({"a@example.org", "b@example.org", "c@example.org"}));
  CHECK(mail.envelope["from"] == "desk@example.org");
  CHECK(mail.text.find("Subject: For desk 69 from 0301234") != std::string::npos);
  CHECK(mail.text.find("image/tiff") != std::string::npos);
  check_confirmed(office.call({"--to", "49301234570", one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.mail(2).envelope["to"] == nlohmann::json({"rest@example.org"}));
}

TEST_CASE("the line \"Received by\" stands above each PDF page and leaves the page's pels alone") {
  Office office({.mail = "received_line = true\ncompany = \"Example & Co\"\n"});
  check_confirmed(office.call({mixed_pages()}), {"V.17", 14400, true, 3});
  const Mail mail = office.mail(1);
  CHECK_FALSE(office.has_pages(mail, mixed_pages()));  // the pages are higher by that line
  CHECK(office.has_pages(mail, mixed_pages(), {"--received-line-mm", "10"}));
}

TEST_CASE("dahdi-faxrx -n says all mistakes at once, each with its place and what would be right") {
  const fs::path file = config_with(
      "spol = \"/x\"\nleast_free_mb = \"many\"\n[receive]\nmax_rate = 9601\nstation_id = \"Ärzte\"\n");
  const Said said = run({program("dahdi-faxrx"), "-n", "-c", "exchange:/x/4-1", "-C", file});
  CHECK(said.code == 78);
  CHECK(said.log ==
        file.string() +
            ":2:17: \"least_free_mb\" is a whole number from 1 to 1000000\n"
            "    least_free_mb = \"many\"\n                    ^\n\n" +
            file.string() +
            ":5:14: a station id is at most 20 digits, \"+\" and spaces, as in \"+49 30 123456\"\n"
            "    station_id = \"Ärzte\"\n                 ^\n\n" +
            file.string() +
            ":4:12: \"max_rate\" is one of 2400, 4800, 7200, 9600, 12000, 14400\n    max_rate = 9601\n       "
            "        ^\n\n"
            "-c exchange:/x/4-1: 4-1 counts downwards; write 1-4\n\n" +
            file.string() +
            ":1:1: there is no setting \"spol\"; did you mean \"spool\"?\n    spol = \"/x\"\n    ^\n");
  CHECK(run({program("dahdi-faxrx"), "-n", "-c", "exchange:/x/1-4", "-C", config_with("")}).code == 0);
}

TEST_CASE("dahdi-faxmail -n says all mistakes at once, too") {
  const fs::path file =
      config_with("[smtp]\nprt = 25\n[[route]]\nmatch = \"_[1-\"\nto = \"not an address\"\n");
  const Said said = run({program("dahdi-faxmail"), "-n", "-C", file});
  CHECK(said.code != 0);
  for (const char* words : {":2:1:", "did you mean \"port\"?", ":4:", ":5:"})
    CHECK_MESSAGE(said.log.find(words) != std::string::npos, said.log);
}

TEST_CASE("a line that is served already, and a spool that is in use, are told in a sentence") {
  Office office({.lines = "1"});
  const Said same_line = run({program("dahdi-faxrx"), "-c", "exchange:" + office.lines().string() + "/1",
                              "--spool", office.folder() / "other"});
  CHECK(same_line.code == 69);
  CHECK(same_line.log.find("in use") != std::string::npos);
  const Said same_spool = run({program("dahdi-faxrx"), "-c", "exchange:" + office.lines().string() + "/2",
                               "--spool", office.fax_spool()});
  CHECK(same_spool.code == 69);
  CHECK(same_spool.log.find("another dahdi-faxrx uses the spool") != std::string::npos);
}

TEST_CASE("a disk that is too full: calls are not answered, and the operator is told") {
  Office office({.lines = "1", .faxrx = "least_free_mb = 1000000\n"});
  CHECK(office.log_says("calls are not answered: less than 1000000 MB are free"));
  const CallReport call = office.call({one_page()});
  CHECK(call.json["answered"] == false);
}

TEST_CASE("dahdi-faxmail -r alone is enough: everything goes to that address") {
  Office office;
  office.faxmail.signal(15);
  office.faxmail.wait();
  const Said help = run({program("dahdi-faxmail"), "--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("-r") != std::string::npos);
  CHECK(run({program("dahdi-faxmail"), "-n", "-r", "you@example.org", "--spool", office.folder() / "s",
             "--socket", office.folder() / "x.sock"})
            .code == 0);
}

TEST_CASE("dahdi-faxmail --send mails a file at once, and says clearly when it can't") {
  Office office({.smtp = {"--refuse", "gone@example.org"}});
  const fs::path config = office.folder() / "dahdi-faxmail.conf";
  const Words send = {program("dahdi-faxmail"), "-C", config, "--send", "-a", one_page(), "-f",
                      "me@example.org"};
  const auto with = [&send](Words more) {
    more.insert(more.begin(), send.begin(), send.end());
    return run(more);
  };
  CHECK(with({"-r", "you@example.org", "-r", "her@example.org"}).code == 0);
  const Mail mail = office.mail(1);
  CHECK(mail.envelope["to"] == nlohmann::json({"you@example.org", "her@example.org"}));
  CHECK(mail.envelope["from"] == "me@example.org");
  CHECK(mail.text.find("image/tiff") != std::string::npos);
  const Said refused = with({"-r", "gone@example.org"});
  CHECK(refused.code == 69);
  CHECK(refused.log.find("no such user here") != std::string::npos);
  office.stop_smtp();
  const Said away = with({"-r", "you@example.org"});
  CHECK(away.code == 75);
  CHECK(
      run({program("dahdi-faxmail"), "-C", config, "--send", "-a", "/nowhere/x.pdf", "-r", "you@example.org"})
          .code == 66);
}

TEST_CASE("routes by sub-address and station id; -n tells of a route that never gets a fax") {
  const std::string routes =
      "[[route]]\nsub_address = \"_2X\"\nto = \"desk2@example.org\"\n"
      "[[route]]\nstation_id = \"+49 30*\"\ncaller = \"_X.\"\nto = \"berlin@example.org\"\n"
      "[[route]]\nmatch = \"_X.\"\nto = \"rest@example.org\"\n"
      "[[route]]\nmatch = \"4711\"\nto = \"never@example.org\"\n";
  Office office({.routes = routes});
  check_confirmed(office.call({"--sub-address", "21", one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.mail(1).envelope["to"] == nlohmann::json({"desk2@example.org"}));
  check_confirmed(office.call({"--station-id", "+4930 123", one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.mail(2).envelope["to"] == nlohmann::json({"berlin@example.org"}));
  check_confirmed(office.call({"--station-id", "+4989 123", one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.mail(3).envelope["to"] == nlohmann::json({"rest@example.org"}));
  const Said said = run({program("dahdi-faxmail"), "-n", "-C", office.folder() / "dahdi-faxmail.conf"});
  CHECK(said.code == 0);
  CHECK(said.log.find("this [[route]] never gets a fax") != std::string::npos);
}

TEST_CASE(
    "an archived fax is mailed again to whoever is named, as a mail of its own, and the record says so") {
  Office office;
  check_confirmed(office.call({"--to", "4711", one_page()}), {"V.17", 14400, true, 1});
  const Mail first = office.mail(1);
  fs::path record;
  REQUIRE(eventually([&] {
    for (const auto& entry : fs::directory_iterator(office.mail_spool() / "archive" / "4711"))
      if (entry.path().extension() == ".json" &&
          text_of(entry.path()).find("reception@example.org") != std::string::npos)
        record = entry.path();
    return !record.empty();
  }));
  const std::string id = nlohmann::json::parse(text_of(record))["fax"]["id"];
  const Words resend = {program("dahdi-faxmail"), "-C", office.folder() / "dahdi-faxmail.conf", "resend"};
  const auto with = [&resend](Words more) {
    more.insert(more.begin(), resend.begin(), resend.end());
    return run(more);
  };
  const Said done = with({id.substr(0, 8), "her@example.org", "him@example.org"});
  CHECK(done.code == 0);
  CHECK(done.out.find("is in the queue") != std::string::npos);
  const Mail again = office.mail(2);
  CHECK(again.envelope["to"] == nlohmann::json({"her@example.org", "him@example.org"}));
  CHECK(office.has_pages(again, one_page()));
  const std::regex message_id("Message-I[dD]: *<([^>]+)>");
  std::smatch one, two;
  REQUIRE(std::regex_search(first.text, one, message_id));
  REQUIRE(std::regex_search(again.text, two, message_id));
  CHECK(one[1] != two[1]);
  CHECK(eventually([&] { return text_of(record).find("him@example.org") != std::string::npos; }));
  CHECK(with({record.stem().string() + ".pdf", "a@example.org"}).code == 0);
  office.mail(3);
  const Said unknown = with({"ffffffffffff", "a@example.org"});
  CHECK(unknown.code == 65);
  CHECK(unknown.log.find("there is no fax in the archive whose id begins with ffffffffffff") !=
        std::string::npos);
  const Said nobody = with({id, "not an address"});
  CHECK(nobody.code == 65);
  CHECK(nobody.log.find("cannot be mailed to") != std::string::npos);
  CHECK(with({id}).code == 64);
  // Without the service it waits, durably, and goes out when that starts.
  office.faxmail.signal(15);
  office.faxmail.wait();
  CHECK(with({id, "later@example.org"}).out.find("mails it when it starts") != std::string::npos);
  office.start_faxmail();
  CHECK(office.mail(4).envelope["to"] == nlohmann::json({"later@example.org"}));
}

TEST_CASE("days to keep: with 0 days a delivered fax's files leave the archive, and one that waits stays") {
  Office office({.smtp_runs = false, .routes = "[archive]\ntiff_days = 0\npdf_days = 0\n"});
  check_confirmed(office.call({"--to", "4711", one_page()}), {"V.17", 14400, true, 1});
  const fs::path folder = office.mail_spool() / "archive" / "4711";
  const auto files = [&] {
    return fs::exists(folder) ? std::distance(fs::directory_iterator(folder), fs::directory_iterator()) : 0;
  };
  REQUIRE(eventually([&] { return files() == 3; }));
  CHECK(office.log_says("Connection refused"));
  office.faxmail.signal(15);  // a start cleans up too
  office.faxmail.wait();
  office.start_faxmail();
  CHECK(office.log_says("Connection refused"));
  CHECK(files() == 3);
  office.start_smtp();
  office.mail(1);
  CHECK(eventually([&] { return files() == 0; }));
}

TEST_CASE("a disk too full for calls is mailed to the operator, in plain words and once") {
  Office office({.lines = "1", .mail = "report_calls = \"none\"\n", .faxrx = "least_free_mb = 1000000\n"});
  const Mail mail = office.mail(1);
  CHECK(mail.envelope["to"] == nlohmann::json({"operator@example.org"}));
  CHECK(mail.text.find("Subject: Faxes cannot be received: the disk is full") != std::string::npos);
  CHECK(mail.text.find("1000000 MB are needed; calls are not answered") != std::string::npos);
  CHECK(mail.text.find("Make room at once") != std::string::npos);
  ::kill(office.process_named("faxrx spool"), SIGKILL);  // whose memory of having told goes with it
  CHECK(office.log_says("the spool process was killed by SIGKILL"));
  office.faxmail.signal(15);
  office.faxmail.wait();
  office.start_faxmail();
  office.process_named("faxrx spool");
  CHECK(office.mails() == 1);
}

TEST_CASE(
    "calls that were cut, and calls without a page, are mailed to the operator: one mail, not one a call") {
  Office office({.lines = "1", .mail = "report_calls = \"all\"\n"});
  REQUIRE(office.call({"--silent", "8"}).json["answered"] == true);
  const Mail silent = office.mail(1);
  CHECK(silent.envelope["to"] == nlohmann::json({"operator@example.org"}));
  CHECK(silent.text.find("Subject: A call brought no fax") != std::string::npos);
  office.call({"--silent", "8"});
  Call cut = office.dial({"--pace", "20", ten_pages()});
  const auto second_page_is_there = [&] {
    for (const auto& entry : fs::recursive_directory_iterator(office.fax_spool() / "incoming",
                                                              fs::directory_options::skip_permission_denied))
      if (entry.path().filename() == "0002.tif") return true;
    return false;
  };
  REQUIRE_MESSAGE(eventually(second_page_is_there, std::chrono::seconds(60)), office.logs());
  ::kill(office.process_named("faxrx line 1"), SIGKILL);
  cut.wait();
  // The reader's and the operator's, in either order.
  const Mail one = office.mail(2), other = office.mail(3);
  const Mail& to_operator = one.envelope["to"] == nlohmann::json({"operator@example.org"}) ? one : other;
  CHECK(to_operator.text.find("Subject: A fax was cut off") != std::string::npos);
  for (const Mail& mail : {one, other})
    CHECK(office.has_pages(mail, ten_pages(), {"--pages", "1-2"}));
  CHECK(office.mails() == 3);
  const auto waiting = nlohmann::json::parse(text_of(office.mail_spool() / "operator" / "failed-call.json"));
  CHECK(waiting["waiting"].size() == 1);
}
