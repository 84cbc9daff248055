// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail under strace: what it says and builds upon is on the disk by then. A killed process does not show a
// missing fsync, because the kernel keeps what was written.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <regex>
#include <set>

#include "tests/torture/giver.hpp"
#include "tests/torture/mail_order.hpp"
#include "tests/torture/mail_station.hpp"
#include "tests/unit/scratch_folder.hpp"

using torture::MailOrder;
namespace fs = std::filesystem;

namespace {

constexpr unsigned faxes = 3;
constexpr const char* system_calls =
    "trace=openat,write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,mkdir,"
    "mkdirat,unlink,unlinkat,rmdir,sendmsg,clone,clone3,fork,vfork";

class Mailbox {
 public:
  explicit Mailbox(const fs::path& folder) : folder_(folder / "inbox") {
    fs::create_directory(folder_);
    server_ =
        scenario::Process({SMTP_SERVER, "--dir", folder_, "--refuse", "nobody@example.org"}, folder / "smtp");
    REQUIRE(scenario::eventually([this] { return server_.output().find('\n') != std::string::npos; }));
  }
  [[nodiscard]] unsigned port() const {
    return static_cast<unsigned>(std::stoul(server_.output().substr(sizeof "listening on")));
  }
  [[nodiscard]] bool has(unsigned mails) const {
    return fs::exists(folder_ / fmt::format("{:04}.eml", mails));
  }

 private:
  fs::path folder_;
  scenario::Process server_;
};

// Faxes from their hand-off to the mailbox, one of them offered twice, as strace saw it.
std::string trace_of(const fs::path& folder, const std::vector<std::string>& environment) {
  Mailbox mailbox(folder);
  torture::MailStation station(
      {folder,
       folder / "spool",
       mailbox.port(),
       4,
       {"/usr/bin/strace", "-f", "-y", "-s", "40", "-o", folder / "trace", "-e", system_calls},
       environment});
  station.start();
  torture::Giver giver(station.socket());
  for (std::uint32_t number = 1; number <= faxes; ++number) {
    const torture::GivenFax fax = torture::make_given_fax(folder, number);
    REQUIRE_MESSAGE(giver.offer(fax) == torture::HandOver::taken, station.process.log());
    if (number == 1) REQUIRE(giver.offer(fax) == torture::HandOver::taken);
  }
  const bool all_done = scenario::eventually([&] { return mailbox.has(faxes) && station.queued() == 0; });
  REQUIRE_MESSAGE(all_done, station.process.log());
  // To the program, not to strace, which would let go of it and end.
  for (const pid_t program : scenario::descendants_named(station.process.pid(), "dahdi-faxmail"))
    ::kill(program, SIGTERM);
  REQUIRE(station.process.wait() == 0);
  return unit::text_in(folder / "trace");
}

using Lines = std::vector<std::string>;
Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

// "queue/*/state.json" of a line that is an fsync of something in the spool.
std::string synced_in(const std::string& line, const std::string& spool) {
  static const std::regex varying(R"([0-9a-f]{32}|\d{4}-\d\d-\d\d)");
  const std::size_t at = line.find(spool);
  if (line.find(" fsync(") == std::string::npos || at == std::string::npos) return "";
  const std::string path = line.substr(at + spool.size(), line.find('>') - at - spool.size());
  return std::regex_replace(path.empty() ? "/" : path, varying, "*");
}

}  // namespace

TEST_CASE("everything that dahdi-faxmail says and builds upon is on the disk, file and folder") {
  const unit::ScratchFolder folder;
  const std::string spool = folder / "spool", trace = trace_of(folder.path, {});
  const MailOrder order = torture::mail_order(trace, spool);
  INFO(fmt::format("{}", fmt::join(order.faults, "\n")));
  CHECK(order.faults.empty());
  CHECK(order.acks == faxes + 1);
  CHECK(order.children >= 3 * faxes);  // a copy, a PDF and a delivery each
  CHECK(order.commits >= 7 * faxes);   // the job, PDF, preview, message, three states

  // Each of them counts: a trace without the fsyncs of one kind of file or folder has faults.
  std::set<std::string> kinds;
  const Lines lines = lines_of(trace);
  for (const std::string& line : lines)
    kinds.insert(synced_in(line, spool));
  kinds.erase("");
  CHECK(kinds.size() >= 8);
  for (const std::string& kind : kinds) {
    CAPTURE(kind);
    std::string without;
    for (const std::string& line : lines)
      if (synced_in(line, spool) != kind) without += line + "\n";
    CHECK_FALSE(torture::mail_order(without, spool).faults.empty());
  }
  MESSAGE(order.acks << " ACKs, " << order.commits << " commits, " << order.children << " children; fsync of "
                     << fmt::format("{}", fmt::join(kinds, " ")));
}

TEST_CASE("where fsync does nothing, that is noticed: before every ACK, every commit, every child") {
  const unit::ScratchFolder folder;
  const std::string trace = trace_of(
      folder.path, {std::string("LD_PRELOAD=") + SHIM, "TORTURE_NO_FSYNC=1", "TORTURE_IN=dahdi-faxmail"});
  const MailOrder order = torture::mail_order(trace, folder / "spool");
  CHECK(order.acks == faxes + 1);
  const auto faults_with = [&order](const char* words) {
    return std::count_if(order.faults.begin(), order.faults.end(), [words](const std::string& fault) {
      return std::regex_search(fault, std::regex(words));
    });
  };
  CHECK(faults_with("an ACK was sent before") >= faxes);
  CHECK(faults_with("a child was started before") >= faxes);
  CHECK(faults_with(R"(queue/\*[^/]* got its name before)") >= faxes);
  CHECK(faults_with(R"(queue/\*[^/]*/state\.json got its name before)") >= faxes);
}

TEST_CASE("an ACK before the folder's fsync, and a name before the file's, are noticed") {
  const std::string job = "/s/queue/0123456789abcdef0123456789abcdef";
  const std::string part = "/s/queue/.0123456789abcdef0123456789abcdef.part";
  const auto call = [](const std::string& text) { return fmt::format("7 {}\n", text); };
  const std::string write = call(fmt::format("write(5<{}/.fax.tif.part>, \"II*\", 8) = 8", part));
  const std::string fsync = call(fmt::format("fsync(5<{}/.fax.tif.part>) = 0", part));
  const std::string name = call(fmt::format("rename(\"{0}/.fax.tif.part\", \"{0}/fax.tif\") = 0", part));
  const std::string fsync_part = call(fmt::format("fsync(5<{}>) = 0", part));
  const std::string commit = call(fmt::format("rename(\"{}\", \"{}\") = 0", part, job));
  const std::string fsync_queue = call("fsync(6</s/queue>) = 0"),
                    failing = call("fsync(6</s/queue>) = -1 EIO (x)");
  const std::string ack = call(
      R"(sendmsg(9<socket:[1]>, {msg_name=NULL, msg_iov=[{iov_base="DFRX\1\0\2\0\0", iov_len=72}]}, 0) = 72)");
  const auto faults = [](const std::string& trace) { return torture::mail_order(trace, "/s").faults; };
  using Faults = std::vector<std::string>;

  CHECK(faults(write + fsync + name + fsync_part + commit + fsync_queue + ack).empty());
  CHECK(faults(write + fsync + name + fsync_part + commit + ack + fsync_queue) ==
        Faults{"an ACK was sent before fsync of queue"});
  CHECK(faults(write + fsync + name + fsync_part + commit + failing + ack) ==
        Faults{"an ACK was sent before fsync of queue"});
  CHECK(faults(write + fsync + name + commit + fsync_queue + ack) ==
        Faults{"queue/* got its name before fsync of queue/.*.part"});
  // By a child, whose own fsyncs count as well.
  const auto by_child = [](std::string text) { return text.replace(0, 1, "8"); };
  const std::string start = call("clone(child_stack=NULL) = 8");
  CHECK(faults(start + by_child(write) + by_child(fsync) + by_child(name) + by_child(fsync_part) + commit +
               fsync_queue + ack)
            .empty());
  CHECK(faults(start + by_child(write) + by_child(name) + by_child(fsync_part) + commit + fsync_queue +
               ack) == Faults{"queue/* got its name before fsync of queue/.*.part/fax.tif"});
  CHECK(faults(start + by_child(write) + by_child(fsync) + by_child(name) + commit + fsync_queue + ack) ==
        Faults{"queue/* got its name before fsync of queue/.*.part"});
  CHECK(faults(fsync + write + commit + fsync_queue + ack) ==
        Faults{"queue/* got its name before fsync of queue/.*.part/.fax.tif.part"});
}
