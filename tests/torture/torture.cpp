// SPDX-License-Identifier: GPL-2.0-or-later
// The torture: hundreds of calls through the real programs, whose processes are killed at any moment, whose disk is
// full, read-only, or fails. Afterwards every page for which a caller holds an MCF is in that call's document, once.
// Exit status 0: it is so, and enough was done to them.
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <optional>
#include <random>

#include "tests/torture/disk_trouble.hpp"
#include "tests/torture/part.hpp"

namespace {

using namespace torture;
namespace fs = std::filesystem;

constexpr unsigned small_disk_mb = 8;

struct Options {
  unsigned calls = 520;
  std::uint32_t seed = std::random_device()() % 1'000'000;
  unsigned side_by_side = 6;
  bool keep = false;
  std::string only;
};

struct Sums {
  unsigned calls = 0, answered = 0, struck = 0, window = 0, confirmed = 0, violations = 0;
};

class Torture {
 public:
  explicit Torture(const Options& options) : options_(options), folder_(new_folder()) {}
  int run();

 private:
  static fs::path new_folder();
  void part(const std::string& name, unsigned calls, StationSettings station, bool with_kills,
            const Trouble& trouble);
  void kills(unsigned calls);
  void disk_full(unsigned calls);
  void read_only(unsigned calls);
  void writes_fail(unsigned calls);
  [[nodiscard]] bool wanted(const std::string& name) const {
    return name.find(options_.only) != std::string::npos;
  }
  [[nodiscard]] StationSettings station_in(const std::string& name) const;
  void report(const std::string& name, const PartResult& result);
  int verdict();

  const Options& options_;
  fs::path folder_;
  Sums sums_;
  std::uint32_t next_call_ = 1;
};

// On a real disk, since that is where fsync takes its time; open to the user that dahdi-faxrx becomes.
fs::path Torture::new_folder() {
  std::string name = (fs::temp_directory_path() / "torture.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  ::chmod(name.c_str(), 0755);
  return name;
}

// Root is denied nothing, so it becomes somebody.
StationSettings Torture::station_in(const std::string& name) const {
  StationSettings station;
  station.folder = folder_ / name;
  station.spool = station.folder / "spool";
  fs::create_directory(station.folder);
  if (::geteuid() != 0) return station;
  station.user = "nobody";
  const passwd* nobody = ::getpwnam("nobody");
  if (nobody == nullptr || ::chown(station.folder.c_str(), nobody->pw_uid, nobody->pw_gid) != 0)
    throw std::runtime_error("there is no user \"nobody\" to be");
  return station;
}

void Torture::part(const std::string& name, unsigned calls, StationSettings station, bool with_kills,
                   const Trouble& trouble) {
  const PartResult result = run_part(
      {name, next_call_, calls, options_.seed, options_.side_by_side, with_kills, std::move(station)},
      trouble);
  next_call_ += calls;
  report(name, result);
}

void Torture::report(const std::string& name, const PartResult& result) {
  std::map<std::string, unsigned> victims;
  Sums sums;
  for (const Outcome& call : result.calls) {
    ++sums.calls;
    sums.answered += call.answered ? 1 : 0;
    sums.window += call.in_the_window ? 1 : 0;
    if (!call.struck) continue;
    ++sums.struck;
    ++victims[name_of(call.plan.victim)];
  }
  fmt::print("{}: {} calls, {} answered; dahdi-faxrx was started {} times\n  struck {}:", name, sums.calls,
             sums.answered, result.starts, sums.struck);
  for (const auto& [victim, times] : victims)
    fmt::print(" {} {}", victim, times);
  fmt::print("; {} killed between a page's last row and its MCF\n", sums.window);
  fmt::print("  pages with an MCF: {}; in {} documents are {} pages; violations: {}\n",
             result.audit.confirmed, result.audit.documents, result.audit.pages,
             result.audit.violations.size());
  for (const std::string& violation : result.audit.violations)
    fmt::print("  ! {}\n", violation);
  std::fflush(stdout);
  sums_.calls += sums.calls, sums_.answered += sums.answered, sums_.struck += sums.struck;
  sums_.window += sums.window, sums_.confirmed += result.audit.confirmed;
  sums_.violations += static_cast<unsigned>(result.audit.violations.size());
}

void Torture::kills(unsigned calls) {
  part("kills", calls, station_in("kills"), true, [](bool) {});
}

void Torture::disk_full(unsigned calls) {
  StationSettings station = station_in("full");
  station.spool = station.folder / "disk";
  fs::create_directory(station.spool);
  if (!mount_small_disk(station.spool, small_disk_mb)) {
    fmt::print("disk full: left out, it takes root to mount a small disk\n");
    return;
  }
  DiskTrouble disk(DiskTrouble::Kind::full, station.spool);
  part("disk full", calls, station, false, [&disk](bool trouble) { disk.want(trouble); });
}

void Torture::read_only(unsigned calls) {
  const StationSettings station = station_in("read-only");
  DiskTrouble disk(DiskTrouble::Kind::read_only, station.spool);
  part("read-only", calls, station, false, [&disk](bool trouble) { disk.want(trouble); });
}

void Torture::writes_fail(unsigned calls) {
  StationSettings station = station_in("writes");
  station.environment = {std::string("LD_PRELOAD=") + SHIM, "TORTURE_FAIL_EVERY=23"};
  part("writes fail", calls, station, true, [](bool) {});
}

int Torture::verdict() {
  // A hundred of 500.
  const unsigned window_wanted = options_.only.empty() ? options_.calls / 5 : 0;
  fmt::print(
      "sum: {} calls, {} answered, {} struck, {} killed between a page's last row and its MCF (at least {} "
      "wanted), "
      "{} pages with an MCF, {} violations; --seed {}\n",
      sums_.calls, sums_.answered, sums_.struck, sums_.window, window_wanted, sums_.confirmed,
      sums_.violations, options_.seed);
  const bool good = sums_.violations == 0 && sums_.confirmed > 0 && sums_.window >= window_wanted &&
                    sums_.answered * 10 >= sums_.calls * 9;
  std::error_code ignored;
  if (good && !options_.keep)
    std::filesystem::remove_all(folder_, ignored);
  else
    fmt::print("everything is in {}\n", folder_.string());
  return good ? 0 : 1;
}

int Torture::run() {
  fmt::print("--calls {} --seed {}\n", options_.calls, options_.seed);
  std::fflush(stdout);
  const unsigned troubled = options_.calls / 13;
  const std::array<std::pair<const char*, std::function<void()>>, 4> parts{
      {{"kills", [&] { kills(options_.calls - 3 * troubled); }},
       {"writes fail", [&] { writes_fail(troubled); }},
       {"read-only", [&] { read_only(troubled); }},
       {"disk full", [&] { disk_full(troubled); }}}};
  for (const auto& [name, run_it] : parts)
    if (wanted(name)) run_it();
  return verdict();
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app("Hundreds of calls while processes are killed and the disk fails.", "torture");
  app.add_option("--calls", options.calls, "how many; else 520")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", options.seed, "of the plans of all calls; else another each time");
  app.add_option("-j,--side-by-side", options.side_by_side, "calls at a time; else 6")
      ->check(CLI::Range(1, 8));
  app.add_option("--only", options.only, "only parts with this in their name");
  app.add_flag("--keep", options.keep, "leave the spools where they are");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return app.exit(end);
  }
  return Torture(options).run();
} catch (const std::exception& error) {
  fmt::print(stderr, "torture: {}\n", error.what());
  return 1;
}
