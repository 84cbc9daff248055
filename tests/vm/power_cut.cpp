// SPDX-License-Identifier: GPL-2.0-or-later
// The power cut: in a virtual machine, with its spool and queue on a virtual disk, dahdi-faxmail takes faxes over and mails
// them, and QEMU is killed at random moments. What was acknowledged is there after the reboot: in the queue, pel for pel, or
// in the mailbox; and at the end, all of it is in the mailbox.
//
// A moment is the n-th write or flush of the disk, which does not answer any more from then on (volatile_disk.hpp says why
// nothing but a flush saves what was written). One boot serves two ends: it looks after what the last cut left, and is
// the next one's victim. Beside that, the same without fsync has to lose faxes, or the test would prove nothing.
// Exit status 0: it is so.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "src/base/errors.hpp"
#include "tests/torture/giver.hpp"
#include "tests/torture/mail_sink.hpp"
#include "tests/torture/station.hpp"
#include "tests/vm/volatile_disk.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr unsigned most_requests = 700;         // from dahdi-faxmail's start: some fifteen faxes
constexpr unsigned most_requests_of_boot = 60;  // the journal's recovery and the start
constexpr auto longest_boot = 240s;
constexpr auto longest_story = 30s;  // a cut by the clock, if the disk is not used so much
constexpr std::size_t acks_without_fsync = 3;

struct Options {
  unsigned cuts = 30, lanes = 2;
  std::uint32_t seed = std::random_device()() % 1'000'000;
  bool keep = false;
};

void make_file_system(const fs::path& image, const fs::path& log) {
  scenario::Process mke2fs({"/sbin/mke2fs", "-q", "-t", "ext4", "-F", image, "96M"}, log);
  if (mke2fs.wait() != 0) throw base::Failure("mke2fs failed: {}", mke2fs.log());
}

// One machine with one disk, and what its story has told.
class Machine {
 public:
  Machine(fs::path folder, std::uint32_t seed, std::vector<std::string> environment = {})
      : folder_(made(folder)),
        environment_(std::move(environment)),
        random_(seed),
        disk_(image(), folder_ / "disk.sock", seed) {}

  void cut(unsigned number);
  void drain();
  std::size_t cut_after_acks();  // for the one without fsync; how many were told

  std::map<std::string, std::uint32_t> acknowledged;  // by id: the fax's number
  std::vector<std::string> violations;
  std::string report;

 private:
  static fs::path made(const fs::path& folder) {
    fs::create_directories(folder / "shared" / "mails");
    return folder;
  }
  fs::path image() {
    make_file_system(folder_ / "image", folder_ / "mke2fs");
    return folder_ / "image";
  }
  unsigned up_to(unsigned most) { return std::uniform_int_distribution<unsigned>(1, most)(random_); }
  void boot(const char* task);
  bool told(const std::string& words) { return run_.output().find(words) != std::string::npos; }
  void kill_machine();
  void hear(unsigned number);

  fs::path folder_;
  std::vector<std::string> environment_;
  std::minstd_rand random_;
  vm::VolatileDisk disk_;
  scenario::Process run_;
  unsigned boots_ = 0;
};

void Machine::boot(const char* task) {
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

void Machine::kill_machine() {
  const pid_t qemu = std::atoi(scenario::text_of(folder_ / "qemu.pid").c_str());
  if (qemu > 0) ::kill(qemu, SIGKILL);
  if (run_.wait(longest_boot) < 0) throw base::Failure("tests/vm/run does not end");
}

void Machine::hear(unsigned number) {
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

void Machine::cut(unsigned number) {
  const bool in_boot = up_to(6) == 1;
  if (in_boot) disk_.stop_at(disk_.requests() + up_to(most_requests_of_boot));
  boot("hand-over");
  const auto over = [&] { return disk_.stopped() || !run_.runs(); };
  scenario::eventually([&] { return told("ready") || over(); }, longest_boot);
  if (!in_boot) disk_.stop_at(disk_.requests() + up_to(most_requests));
  scenario::eventually(over, longest_story);
  const std::uint64_t requests = disk_.requests();
  kill_machine();
  const vm::VolatileDisk::Loss loss = disk_.power_cut();
  report += fmt::format("cut {} at request {}{}: {} unflushed sectors kept, {} lost", number, requests,
                        in_boot ? " (of the boot)" : "", loss.kept, loss.lost);
  hear(number);
}

std::size_t Machine::cut_after_acks() {
  boot("hand-over");
  scenario::eventually(
      [&] {
        std::size_t acks = 0;
        const std::string output = run_.output();
        for (std::size_t at = output.find("acknowledged"); at != std::string::npos;
             at = output.find("acknowledged", at + 1))
          ++acks;
        return acks >= acks_without_fsync || !run_.runs();
      },
      longest_boot);
  kill_machine();
  disk_.power_cut();
  hear(0);
  boot("hand-over");
  scenario::eventually([&] { return told("found ") || !run_.runs(); }, longest_boot);
  kill_machine();
  const std::size_t acks = acknowledged.size();
  hear(0);
  return acks;
}

void Machine::drain() {
  boot("drain");
  const int code = run_.wait(longest_boot);
  if (code != 0) violations.push_back(fmt::format("the last boot ended with {}: {}", code, run_.output()));
  report += "last boot";
  hear(0);
  unsigned twice = 0;
  for (const auto& [id, number] : acknowledged) {
    const auto mails = torture::mails_of(id, folder_ / "shared" / "mails");
    if (mails.empty()) violations.push_back(fmt::format("fax {} was acknowledged and never mailed", id));
    if (mails.empty()) continue;
    const std::string mail = scenario::text_of(mails.front());
    for (std::size_t n = 1; n < mails.size(); ++n)
      if (++twice, scenario::text_of(mails[n]) != mail)
        violations.push_back(fmt::format("fax {} was mailed twice, and not the same", id));
    const std::string tiff = scenario::text_of(torture::make_given_fax(folder_, number).tiff);
    if (!torture::holds_file(mails.front(), tiff))
      violations.push_back(fmt::format("fax {}: its mail does not hold what was handed over", id));
  }
  report += fmt::format("{} acknowledged, all looked for in the mailbox; {} mails came once more, the same\n",
                        acknowledged.size(), twice);
}

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "power-cut.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw base::system_failure("cannot make " + name);
  return name;
}

struct Sum {
  std::mutex mutex;
  std::size_t acknowledged = 0;
  std::vector<std::string> violations;
  void add(const Machine& machine) {
    const std::lock_guard lock(mutex);
    acknowledged += machine.acknowledged.size();
    violations.insert(violations.end(), machine.violations.begin(), machine.violations.end());
    fmt::print("{}", machine.report);
    std::fflush(stdout);
  }
  void fail(const std::string& why) {
    const std::lock_guard lock(mutex);
    violations.push_back(why);
  }
};

void run_lane(const fs::path& folder, std::uint32_t seed, unsigned cuts, Sum& sum) try {
  Machine machine(folder, seed);
  machine.report = fmt::format("--- a machine, seed {}\n", seed);
  for (unsigned number = 1; number <= cuts; ++number)
    machine.cut(number);
  machine.drain();
  sum.add(machine);
} catch (const std::exception& error) {
  sum.fail(error.what());
}

// The proof that the test can fail.
void run_without_fsync(const fs::path& folder, std::uint32_t seed, Sum& sum) try {
  Machine machine(folder, seed,
                  {std::string("LD_PRELOAD=") + SHIM, "TORTURE_NO_FSYNC=1", "TORTURE_IN=dahdi-faxmail"});
  const std::size_t acks = machine.cut_after_acks();
  fmt::print("--- where fsync does nothing: {} of {} acknowledged faxes were lost\n",
             machine.violations.size(), acks);
  if (machine.violations.empty()) sum.fail("without fsync no fax was lost: this test proves nothing");
} catch (const std::exception& error) {
  sum.fail(error.what());
}

int run(const Options& options) {
  fmt::print("--cuts {} --seed {} --lanes {}\n", options.cuts, options.seed, options.lanes);
  std::fflush(stdout);
  const fs::path folder = new_folder();
  Sum sum;
  {
    std::vector<std::jthread> lanes;
    for (unsigned lane = 0; lane < options.lanes; ++lane) {
      const unsigned cuts = options.cuts / options.lanes + (lane < options.cuts % options.lanes ? 1 : 0);
      lanes.emplace_back([&, lane, cuts] {
        run_lane(folder / std::to_string(lane), options.seed + lane, cuts, sum);
        if (lane == 0) run_without_fsync(folder / "without-fsync", options.seed, sum);
      });
    }
  }
  for (const std::string& violation : sum.violations)
    fmt::print("! {}\n", violation);
  const bool good = sum.violations.empty() && sum.acknowledged > options.cuts;
  fmt::print("sum: QEMU was killed {} times; {} faxes acknowledged, {} violations; --seed {}\n", options.cuts,
             sum.acknowledged, sum.violations.size(), options.seed);
  if (good && !options.keep)
    fs::remove_all(folder);
  else
    fmt::print("everything is in {}\n", folder.string());
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app("Kills a virtual machine while dahdi-faxmail works in it.", "power_cut");
  app.add_option("--cuts", options.cuts, "how many; else 30")->check(CLI::Range(1, 10'000));
  app.add_option("--seed", options.seed, "of the moments and of what the disks lose; else another each time");
  app.add_option("--lanes", options.lanes, "machines side by side; else 2")->check(CLI::Range(1, 16));
  app.add_flag("--keep", options.keep, "leave everything where it is");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return app.exit(end);
  }
  ::setenv("VM_ACCEL", "tcg", 0);  // real time: the moments are not to be the same each time
  return run(options);
} catch (const std::exception& error) {
  fmt::print(stderr, "power_cut: {}\n", error.what());
  return 1;
}
