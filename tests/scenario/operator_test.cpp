// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of the operator: what the programs say, where files lie, mailing a file by hand.
#include <doctest/doctest.h>

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
  REQUIRE(eventually([&] { return fs::exists(office.mail_spool() / "archive" / "030987654"); }));
  for (const auto& entry : fs::directory_iterator(office.mail_spool() / "archive" / "030987654"))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  REQUIRE(names.size() == 2);
  const std::regex form(R"(030987654_etcx_1_\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d_[0-9a-f]+\.(pdf|tif))");
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
