// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/dying_machine.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "src/base/call_id.hpp"
#include "src/base/errors.hpp"
#include "tests/torture/giver.hpp"
#include "tests/torture/mail_sink.hpp"

namespace vm {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr unsigned most_requests = 700;         // from dahdi-faxmail's start: some fifteen faxes
constexpr unsigned most_requests_of_boot = 60;  // the journal's recovery and the start
constexpr auto longest_boot = 400s;
constexpr auto longest_story = 30s;  // a cut by the clock, if the disk is not used so much
constexpr std::size_t acks_without_fsync = 3;

// The disk's first content; the folders beside it, too.
fs::path made(const fs::path& folder) {
  fs::create_directories(folder / "shared" / "mails");
  const fs::path image = folder / "image";
  scenario::Process mke2fs({"/sbin/mke2fs", "-q", "-t", "ext4", "-F", image, "96M"}, folder / "mke2fs");
  if (mke2fs.wait() != 0) throw base::Failure("mke2fs failed: {}", mke2fs.log());
  return image;
}

}  // namespace

DyingMachine::DyingMachine(const fs::path& folder, std::uint32_t seed, std::vector<std::string> environment)
    : folder_(folder),
      environment_(std::move(environment)),
      random_(seed),
      disk_(made(folder), folder / "disk.sock", seed) {}

std::size_t DyingMachine::times_told(const std::string& words) const {
  const std::string output = run_.output();
  std::size_t times = 0;
  for (std::size_t at = output.find(words); at != std::string::npos; at = output.find(words, at + 1))
    ++times;
  return times;
}

void DyingMachine::boot(const char* task) {
  std::ofstream known(folder_ / "shared" / "acknowledged");
  for (const auto& [id, number] : acknowledged)
    known << id << ' ' << number << '\n';
  known.close();
  fs::remove(folder_ / "qemu.pid");
  std::vector<std::string> command = {VM_RUN,
                                      "-p",
                                      "-t",
                                      std::to_string(longest_boot / 1s),
                                      "-d",
                                      folder_ / "disk.sock",
                                      "-k",
                                      folder_ / "qemu.pid",
                                      "-o",
                                      folder_ / "shared",
                                      "--",
                                      POWER_STORY,
                                      folder_ / "shared",
                                      task};
  command.insert(command.end(), environment_.begin(), environment_.end());
  run_ = scenario::Process(command, folder_ / fmt::format("boot{}", ++boots_));
}

void DyingMachine::kill_machine() {
  const pid_t qemu = std::atoi(scenario::text_of(folder_ / "qemu.pid").c_str());
  if (qemu > 0) ::kill(qemu, SIGKILL);
  if (run_.wait(longest_boot) < 0) throw base::Failure("tests/vm/run does not end");
}

void DyingMachine::hear(unsigned number) {
  std::istringstream lines(run_.output());
  unsigned acks = 0;
  bool looked = false;
  std::string found = "no word from it";
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string verb, id;
    std::uint32_t fax = 0;
    words >> verb >> id >> fax;
    if (verb == "acknowledged" && base::CallId::parse(id)) acknowledged[id] = fax, ++acks;
    if (verb == "found") found = line, looked = true;
    if (verb == "lost")
      violations.push_back(fmt::format("cut {}: fax {} was acknowledged and is lost", number, id));
  }
  report += fmt::format("; {} new ACKs; {}\n", acks, found);
  if (!looked && disk_.requests() == 0) throw base::Failure("the guest did not come up: {}", run_.log());
}

void DyingMachine::cut(unsigned number) {
  const bool in_boot = up_to(6) == 1;
  if (in_boot) disk_.stop_at(disk_.requests() + up_to(most_requests_of_boot));
  boot("hand-over");
  const auto over = [&] { return disk_.stopped() || !run_.runs(); };
  scenario::eventually([&] { return times_told("ready") > 0 || over(); }, longest_boot);
  if (!in_boot) disk_.stop_at(disk_.requests() + up_to(most_requests));
  scenario::eventually(over, longest_story);
  if (!disk_.stopped() && !run_.runs())
    violations.push_back(fmt::format("cut {}: the machine ended by itself: {}", number, run_.log()));
  const std::uint64_t requests = disk_.requests();
  kill_machine();
  const VolatileDisk::Loss loss = disk_.power_cut();
  report += fmt::format("cut {} at request {}{}: {} unflushed sectors kept, {} lost", number, requests,
                        in_boot ? " (of the boot)" : "", loss.kept, loss.lost);
  hear(number);
}

std::size_t DyingMachine::cut_after_acks() {
  boot("hand-over");
  scenario::eventually([&] { return times_told("acknowledged ") >= acks_without_fsync || !run_.runs(); },
                       longest_boot);
  kill_machine();
  disk_.power_cut();
  hear(0);
  boot("hand-over");
  scenario::eventually([&] { return times_told("found ") > 0 || !run_.runs(); }, longest_boot);
  kill_machine();
  const std::size_t acks = acknowledged.size();
  hear(0);
  return acks;
}

void DyingMachine::drain() {
  boot("drain");
  const int code = run_.wait(longest_boot);
  if (code != 0) violations.push_back(fmt::format("the last boot ended with {}: {}", code, run_.output()));
  report += "last boot";
  hear(0);
  unsigned twice = 0;
  for (const auto& [id, number] : acknowledged)
    look_into_mailbox(id, number, twice);
  report += fmt::format("{} acknowledged, all looked for in the mailbox; {} mails came once more, the same\n",
                        acknowledged.size(), twice);
}

void DyingMachine::look_into_mailbox(const std::string& id, std::uint32_t number, unsigned& twice) {
  const auto wrong = [&](const char* what) { violations.push_back(fmt::format("fax {} {}", id, what)); };
  const auto mails = torture::mails_of(id, folder_ / "shared" / "mails");
  if (mails.empty()) return wrong("was acknowledged and never mailed");
  for (std::size_t n = 1; n < mails.size(); ++n)
    if (++twice, scenario::text_of(mails[n]) != scenario::text_of(mails[0]))
      wrong("was mailed twice, and not the same");
  const std::string tiff = scenario::text_of(torture::make_given_fax(folder_, number).tiff);
  if (!torture::holds_file(mails[0], tiff)) wrong("is in the mailbox, but not what was handed over");
}

}  // namespace vm
