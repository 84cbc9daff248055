// SPDX-License-Identifier: GPL-2.0-or-later
// Real fax software calls: Debian's efax, and faxsend of HylaFAX, each with a soft modem of ours on a line of its
// own. They keep wall-clock time, so all call at once. Each sends letters, and they come out as mail.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tests/scenario/office.hpp"

using namespace scenario;
namespace fs = std::filesystem;

namespace {

const fs::path build = fs::path(BUILD_FOLDER) / "tests/softmodem";
const fs::path source = fs::path(SOURCE_FOLDER) / "tests/softmodem";
constexpr std::chrono::seconds longest_call(200);

void run(const Words& command, const fs::path& log) {
  Process process(command, log);
  const int code = process.wait(std::chrono::seconds(180));
  REQUIRE_MESSAGE(code == 0, command.front() << " fails: " << process.output() << process.log());
}

// The first letters of ten_pages(), as the fax software reads them.
fs::path letters(const fs::path& folder, int pages, const std::string& coding, int blank_rows = 0) {
  fs::path file = folder / fmt::format("letters-{}-{}-{}.tif", pages, coding, blank_rows);
  run({source / "take-pages", ten_pages(), file, "--pages", std::to_string(pages), "--coding", coding,
       "--blank-rows", std::to_string(blank_rows)},
      folder / "take-pages");
  return file;
}

struct Modem {
  Process process;
  std::string terminal;  // "/dev/pts/5"
};

Modem plug_in_modem(const Office& office, const std::string& number) {
  Modem modem{Process({build / "softmodem", "--line", office.lines(), "--from", number},
                      office.folder() / ("modem-" + number)),
              {}};
  REQUIRE(eventually([&modem] { return modem.process.output().find('\n') != std::string::npos; }));
  modem.terminal = modem.process.output();
  modem.terminal.pop_back();
  return modem;
}

// What faxsend is to do; the numbers are HylaFAX's own, sendq(5).
struct FaxsendWay {
  const char* number;
  int pages;
  int desireddf;           // coding of the page: 0 MH, 1 MR, 3 MMR
  int desiredec;           // 0 none, 1 ECM with frames of 64 octets, 2 of 256
  int desiredbr;           // 1 4800, 3 9600, 5 14400 bit/s
  const char* dataformat;  // what it then says it did
  const char* signalrate;
};

class RealCaller {  // one of the two
 public:
  RealCaller(const Office& office, std::string number, int pages)
      : number_(std::move(number)),
        pages_(pages),
        folder_(office.folder() / ("caller-" + number_)),
        modem_(plug_in_modem(office, number_)) {
    fs::create_directory(folder_);
  }

  void efax();
  void faxsend(const FaxsendWay& way);

  [[nodiscard]] int wait() { return software_.wait(longest_call); }
  [[nodiscard]] const std::string& number() const { return number_; }
  [[nodiscard]] const fs::path& expected() const { return expected_; }  // what is to arrive
  [[nodiscard]] std::string says(const std::string& file) const { return text_of(folder_ / file); }
  [[nodiscard]] std::string logs() const {
    return number_ + ":\n" + software_.log() + says("log/c000000001") + says("sendq/q1") +
           modem_.process.log();
  }

 private:
  void write_spool(const FaxsendWay& way) const;
  [[nodiscard]] std::string device_id() const;

  std::string number_;
  int pages_;
  fs::path folder_, expected_;
  Modem modem_;
  Process software_;
};

// Class 1; no header text, but efax leaves white rows for it all the same: 20 above the page, of which at 98 lines
// an inch every second goes, as does every second of the page's own first 8 (which are white).
void RealCaller::efax() {
  expected_ = letters(folder_, pages_, "mmr", 6);
  software_ = Process({"/usr/bin/efax", "-d", modem_.terminal, "-o1", "-l", number_, "-h", " ", "-v",
                       "ewinchm", "-t", "T030987654", letters(folder_, pages_, "none")},
                      folder_ / "efax");
}

// HylaFAX names a modem by its device without /dev/, and with _ for each /.
std::string RealCaller::device_id() const {
  std::string id = modem_.terminal.substr(std::string("/dev/").size());
  std::replace(id.begin(), id.end(), '/', '_');
  return id;
}

// The little of HylaFAX's spool that faxsend needs without its daemons: a configuration of the modem and a job, as
// faxq(8) would have prepared it. `pagehandling` is two hexadecimal digits (unlimited length 20, coding from 40
// up), then what follows each page: S, a page like it, or P, nothing.
void RealCaller::write_spool(const FaxsendWay& way) const {
  for (const char* name : {"etc", "sendq", "docq", "log", "info", "status", "tmp"})
    fs::create_directory(folder_ / name);
  std::ofstream(folder_ / ("etc/config." + device_id())) << fmt::format(
      "ModemType: Class1\nModemFlowControl: rtscts\nModemRate: 115200\nCountryCode: 49\nFAXNumber: "
      "+49.30.1234\n"
      "LocalIdentifier: \"{}\"\nTagLineFormat: \"\"\nUUCPLockDir: {}\nSessionTracing: 0xFFF\nDesiredDF: {}\n",
      number_, (folder_ / "tmp").string(), way.desireddf);
  fs::copy_file(expected_, folder_ / "docq/letters.tif");
  std::string pagehandling;
  for (int page = 1; page <= pages_; ++page)
    pagehandling += fmt::format("{:02x}{}", 0x20 + 0x40 * way.desireddf, page < pages_ ? 'S' : 'P');
  std::ofstream(folder_ / "sendq/q1") << fmt::format(
      "tts:0\nkilltime:4000000000\nstate:5\npriority:127\nmaxdials:1\nmaxtries:1\npagewidth:216\npagelength:"
      "297\n"
      "resolution:98\npagechop:none\nnumber:030987654\nexternal:030987654\nsender:tests\nmailaddr:"
      "tests\njobid:1\n"
      "modem:any\nclient:localhost\nowner:tests\njobtype:facsimile\ndesireddf:{}\ndesiredbr:{}\ndesiredec:{}"
      "\n"
      "desiredtl:1\ntagline:\npagehandling:{}\nfax:0::docq/letters.tif\n",
      way.desireddf, way.desiredbr, way.desiredec, pagehandling);
}

void RealCaller::faxsend(const FaxsendWay& way) {
  expected_ = letters(folder_, pages_, "mmr");
  write_spool(way);
  const fs::path hylafax = build / "hylafax/usr/lib/hylafax";
  Words command = {"/usr/bin/env",          "-C", folder_,     "LD_LIBRARY_PATH=" + hylafax.string(),
                   hylafax / "bin/faxsend", "-m", device_id(), "sendq/q1"};
  // It becomes root to open the modem, and gives up when it cannot.
  if (::geteuid() != 0) command.insert(command.begin(), {"/usr/bin/unshare", "--map-root-user"});
  software_ = Process(command, folder_ / "faxsend");
}

// Calls run side by side, so mails come in any order.
Mail mail_of(Office& office, const RealCaller& caller, unsigned mails) {
  for (unsigned n = 1; n <= mails; ++n) {
    Mail mail = office.mail(n);
    if (mail.text.find(caller.number()) != std::string::npos) return mail;
  }
  FAIL("no mail is from " << caller.number());
  return {};
}

}  // namespace

TEST_CASE("efax and HylaFAX's faxsend send letters: MH, MR and MMR, with and without ECM, with each modem") {
  const FaxsendWay ways[] = {
      {"0301002", 1, 0, 0, 3, "1-D MH", "9600 bit/s"},    // V.29
      {"0301003", 2, 1, 0, 5, "2-D MR", "14400 bit/s"},   // V.17
      {"0301004", 2, 3, 2, 5, "2-D MMR", "14400 bit/s"},  // V.17, its training after the first page short
      {"0301005", 1, 1, 1, 1, "2-D MR", "4800 bit/s"},    // V.27ter
  };
  constexpr int faxsend_sent_all = 2;  // FaxSendStatus.h, send_done
  run({source / "fetch-hylafax", build / "hylafax"}, build / "fetch-hylafax");

  Office office({.lines = "1-5"});
  RealCaller efax(office, "0301001", 2);
  efax.efax();
  std::vector<RealCaller> faxsends;
  for (const FaxsendWay& way : ways) {
    faxsends.emplace_back(office, way.number, way.pages);
    faxsends.back().faxsend(way);
  }

  CHECK_MESSAGE(efax.wait() == 0, efax.logs() << office.logs());
  CHECK(office.has_pages(mail_of(office, efax, 5), efax.expected()));
  for (std::size_t i = 0; i < faxsends.size(); ++i) {
    RealCaller& caller = faxsends[i];
    CHECK_MESSAGE(caller.wait() == faxsend_sent_all, caller.logs() << office.logs());
    const std::string job = caller.says("sendq/q1");
    INFO(job);
    CHECK(job.find(fmt::format("\ndataformat:{}\n", ways[i].dataformat)) != std::string::npos);
    CHECK(job.find(fmt::format("\nsignalrate:{}\n", ways[i].signalrate)) != std::string::npos);
    CHECK(job.find(fmt::format("\nnpages:{}\n", ways[i].pages)) != std::string::npos);
    CHECK(office.has_pages(mail_of(office, caller, 5), caller.expected()));
  }
  CHECK(office.mails() == 5);
}
