// SPDX-License-Identifier: GPL-2.0-or-later
// A killed process does not show a missing fsync: the kernel keeps what was written. So the system calls themselves
// are watched, in real calls through the real programs.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>

#include "tests/torture/fsync_order.hpp"
#include "tests/torture/numbered_page.hpp"
#include "tests/torture/station.hpp"
#include "tests/unit/scratch_folder.hpp"

using torture::FsyncOrder;

namespace {

constexpr std::uint16_t pages = 3;

// A call to a station with this in its environment, as its page process and its caller were seen by strace.
FsyncOrder traced_call(const std::vector<std::string>& environment, const std::vector<std::string>& options) {
  const unit::ScratchFolder folder;
  torture::Station station({folder.path, folder / "spool", 1, "", environment});
  const pid_t page_process = station.pair_of(1).page;
  std::vector<torture::Rows> rows;
  for (std::uint16_t page = 1; page <= pages; ++page)
    rows.push_back(torture::numbered_page({1, page}, page == 2));
  matrix::write_fax(folder / "fax.tif", rows);
  std::vector<std::string> command = {
      "/usr/bin/strace",
      "-I",  // it ends when told to, though it writes to a file
      "2",
      "-y",
      "-s",
      "40",
      "-o",
      folder / "trace",
      "-e",
      "trace=openat,write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg",
      "-p",
      std::to_string(page_process),
      (torture::build_folder() / "src/faxcall/dahdi-faxcall").string(),
      "--json",
      "-v",
      "--line",
      station.lines(),
      "--to",
      "030",
      "--from",
      "1",
      folder / "fax.tif"};
  command.insert(command.end(), options.begin(), options.end());
  scenario::Process strace(command, folder / "strace");
  // It goes on with the page process when the caller has ended.
  REQUIRE_MESSAGE(scenario::eventually([&] { return strace.output().find('\n') != std::string::npos; }),
                  strace.log());
  INFO(strace.output());
  CHECK(strace.output().find("\"pages_confirmed\":3") != std::string::npos);
  strace.signal(SIGTERM);
  strace.wait();
  return torture::fsync_order(unit::text_in(folder / "trace"), page_process);
}

const std::vector<std::vector<std::string>> callers = {
    {"--ecm"}, {"--no-ecm"}, {"--no-ecm", "--modem", "v29"}};

}  // namespace

TEST_CASE(
    "each page and its folder are on the disk before its verdict is told, and the caller hears MCF after "
    "that") {
  for (const auto& caller : callers) {
    const FsyncOrder order = traced_call({}, caller);
    INFO(fmt::format("{}", fmt::join(order.faults, "\n")));
    CHECK(order.faults.empty());
    CHECK(order.pages == pages);
    CHECK(order.mcfs >= pages);  // PPS-NULL of a long page gets one of its own
  }
}

TEST_CASE("where fsync does nothing, that is noticed: of every page, for its file and for its folder") {
  const FsyncOrder order = traced_call({std::string("LD_PRELOAD=") + SHIM, "TORTURE_NO_FSYNC=1"}, {"--ecm"});
  CHECK(order.pages == pages);
  REQUIRE(order.faults.size() == 2 * pages);
  CHECK(order.faults[0] == "page 1: the verdict was told before fsync of its file");
  CHECK(order.faults[1] == "page 1: the verdict was told before fsync of its folder");
}

TEST_CASE("a verdict before the folder's fsync, and an MCF before the verdict, are noticed") {
  const std::string folder = "/s/incoming/0123456789abcdef0123456789abcdef";
  const auto call = [&](const std::string& text) { return fmt::format("7 {}\n", text); };
  const std::string write = call(fmt::format("write(5<{}/.0001.tif.part>, \"II*\", 8) = 8", folder));
  const std::string fsync = call(fmt::format("fsync(5<{}/.0001.tif.part>) = 0", folder));
  const std::string name = call(fmt::format("rename(\"{0}/.0001.tif.part\", \"{0}/0001.tif\") = 0", folder));
  const std::string sync_folder = call(fmt::format("fsync(5<{}>) = 0", folder));
  const std::string failing = call(fmt::format("fsync(5<{}>) = -1 EIO (Input/output error)", folder));
  const std::string tell = call("sendto(4<UNIX-STREAM:[1->2]>, \"\\1\", 8, MSG_NOSIGNAL, NULL, 0) = 8");
  const std::string mcf = "9 write(2</x>, \"   1.2 s  page 1 of 1 confirmed: 150 rows\", 29) = 29\n";
  const auto faults = [](const std::string& trace) { return torture::fsync_order(trace, 7).faults; };

  CHECK(faults(write + fsync + name + sync_folder + tell + mcf).empty());
  CHECK(faults(write + fsync + name + tell + sync_folder + mcf) ==
        std::vector<std::string>{"page 1: the verdict was told before fsync of its folder"});
  CHECK(faults(write + fsync + name + failing + tell + mcf).size() == 1);
  CHECK(faults(fsync + write + name + sync_folder + tell + mcf) ==
        std::vector<std::string>{"page 1: the verdict was told before fsync of its file"});
  CHECK(faults(write + fsync + name + sync_folder + mcf + tell) ==
        std::vector<std::string>{"MCF 1 was heard before a verdict was told"});
}
