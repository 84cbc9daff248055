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
#include <mutex>
#include <random>
#include <thread>

#include "src/base/errors.hpp"
#include "tests/vm/dying_machine.hpp"

namespace {

namespace fs = std::filesystem;

struct Options {
  unsigned cuts = 30, lanes = 2;
  std::uint32_t seed = std::random_device()() % 1'000'000;
  bool keep = false;
};

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "power-cut.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw base::system_failure("cannot make " + name);
  return name;
}

struct Sum {
  std::mutex mutex;
  std::size_t acknowledged = 0;
  std::vector<std::string> violations;
  void add(const vm::DyingMachine& machine) {
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
  vm::DyingMachine machine(folder, seed);
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
  vm::DyingMachine machine(
      folder, seed, {std::string("LD_PRELOAD=") + SHIM, "TORTURE_NO_FSYNC=1", "TORTURE_IN=dahdi-faxmail"});
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
