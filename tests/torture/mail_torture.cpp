// SPDX-License-Identifier: GPL-2.0-or-later
// The torture of the mail side: a thousand faxes are handed over to the real dahdi-faxmail while it, its children and its
// mail server are killed and its disk fills and empties. Afterwards each fax is in the mailbox. Those that are there twice
// are the same mail and fell into the window that SMTP leaves (mail_audit.hpp): how many is said.
// Exit status 0: it is so, and enough was done to them.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <mutex>
#include <thread>

#include "src/base/errors.hpp"
#include "tests/torture/mail_audit.hpp"
#include "tests/torture/mail_station.hpp"

namespace {

using namespace torture;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr unsigned givers = 2;
constexpr std::size_t most_waiting = 40;  // so that faxes are handed over, and hit in it, all the time
constexpr unsigned disk_mb = 128;
constexpr auto longest_end = 180s;
constexpr auto most_time = 600s;

struct Options {
  unsigned faxes = 1000;
  std::uint32_t seed = std::random_device()() % 1'000'000;
  bool keep = false;
};

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "mail-torture.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw base::system_failure("cannot make " + name);
  for (const char* inside : {"mailbox", "faxes", "disk"})
    fs::create_directory(fs::path(name) / inside);
  return name;
}

class MailTorture {
 public:
  explicit MailTorture(const Options& options);
  int run();

 private:
  void start_server(unsigned port);
  void keep_up();  // starts again what was killed
  void give_all();
  void give(Giver& giver, const GivenFax& fax);
  void let_it_end();
  int verdict();

  const Options& options_;
  fs::path folder_;
  bool has_small_disk_;
  DiskTrouble disk_;
  Victims victims_;
  scenario::Process server_;
  unsigned server_port_ = 0, server_starts_ = 0;
  std::optional<MailStation> station_;
  Striker striker_;
  std::vector<GivenFax> faxes_;
  std::atomic<unsigned> next_{0}, given_{0}, offers_{0};
  std::atomic<std::size_t> waiting_{0};
};

MailTorture::MailTorture(const Options& options)
    : options_(options),
      folder_(new_folder()),
      has_small_disk_(mount_small_disk(folder_ / "disk", disk_mb)),
      disk_(DiskTrouble::Kind::full, folder_ / "disk"),
      striker_(options.seed, victims_) {
  victims_.mailbox = folder_ / "mailbox";
  if (has_small_disk_)
    victims_.disk = &disk_;
  else
    fmt::print("its disk never fills: it takes root to mount a small one\n");
  start_server(0);
  if (!scenario::eventually([this] { return server_.output().find('\n') != std::string::npos; }))
    throw base::Failure("no mailbox: {}", server_.log());
  server_port_ = static_cast<unsigned>(std::stoul(server_.output()));
  station_.emplace(MailStationSettings{folder_, folder_ / "disk" / "spool", server_port_, 4, {}, {}});
  for (unsigned number = 1; number <= options.faxes; ++number)
    faxes_.push_back(make_given_fax(folder_ / "faxes", number));
}

void MailTorture::start_server(unsigned port) {
  server_ = scenario::Process(
      {MAILBOX, folder_ / "mailbox", std::to_string(port), folder_ / "disk" / "spool"}, folder_ / "server");
  ++server_starts_;
  victims_.server = server_.pid();
}

void MailTorture::keep_up() {
  if (!server_.runs()) {
    victims_.server = -1;
    start_server(server_port_);
  }
  const std::lock_guard lock(victims_.waiting);
  if (!station_->process.runs()) {
    victims_.service = -1;
    station_->begin();
    victims_.service = station_->process.pid();
  }
  waiting_ = station_->queued();
}

void MailTorture::give(Giver& giver, const GivenFax& fax) {
  while (waiting_ >= most_waiting)
    std::this_thread::sleep_for(5ms);
  for (;; std::this_thread::sleep_for(10ms)) {
    ++offers_;
    if (giver.offer(fax) == HandOver::taken) break;
  }
  ++given_;
}

void MailTorture::give_all() {
  Giver giver(station_->socket());
  for (unsigned n = next_++; n < faxes_.size(); n = next_++)
    give(giver, faxes_[n]);
}

// The operator has made room and says so.
void MailTorture::let_it_end() {
  const bool empty = scenario::eventually(
      [this, round = 0]() mutable {
        keep_up();
        if (++round % 200 == 0) station_->process.signal(SIGHUP);
        return waiting_ == 0 && station_->is_up();
      },
      longest_end);
  if (!empty) throw base::Failure("the queue does not become empty: {} are left", waiting_.load());
  station_->process.signal(SIGTERM);
  if (const int code = station_->process.wait(); code != 0)
    throw base::Failure("dahdi-faxmail ended with {}", code);
}

int MailTorture::run() {
  fmt::print("--faxes {} --seed {}\n", options_.faxes, options_.seed);
  std::fflush(stdout);
  station_->start();
  victims_.service = station_->process.pid();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < givers; ++i)
      threads.emplace_back([this] { give_all(); });
    threads.emplace_back([this] {
      while (given_ < faxes_.size())
        striker_.strike();
    });
    const auto end = std::chrono::steady_clock::now() + most_time;
    while (given_ < faxes_.size()) {
      keep_up();
      std::this_thread::sleep_for(2ms);
      if (std::chrono::steady_clock::now() < end) continue;
      fmt::print("only {} of {} faxes were taken over within {} s: {}\n", given_.load(), faxes_.size(),
                 most_time / 1s, folder_.string());
      std::fflush(stdout);
      std::_Exit(1);
    }
  }
  keep_up();
  let_it_end();
  return verdict();
}

int MailTorture::verdict() {
  const MailAudit audit = audit_mails(faxes_, folder_ / "mailbox", striker_.strikes());
  fmt::print(
      "{} faxes handed over in {} offers; dahdi-faxmail was started {} times, the server {} times\n  struck:",
      given_.load(), offers_.load(), station_->starts(), server_starts_);
  for (const auto& [victim, times] : striker_.sums())
    fmt::print(" {} {},", victim, times);
  fmt::print(
      " {} in all\n  in the mailbox: {} of {} faxes as {} mails, {} of them without a PDF, and {} to "
      "the operator; {} faxes more than once",
      striker_.strikes().size(), audit.faxes, options_.faxes, audit.mails, audit.without_pdf,
      audit.to_operator, audit.doubled);
  for (const auto& [victim, times] : audit.windows)
    fmt::print(", {} by {}", times, victim);
  fmt::print("\n");
  for (const std::string& violation : audit.violations)
    fmt::print("  ! {}\n", violation);
  const bool enough = striker_.strikes().size() * 20 >= options_.faxes;
  const bool good = audit.violations.empty() && enough;
  fmt::print("sum: {} violations, {} strikes (at least one for 20 faxes wanted); --seed {}\n",
             audit.violations.size(), striker_.strikes().size(), options_.seed);
  std::error_code ignored;
  if (good && !options_.keep)
    fs::remove_all(folder_, ignored);
  else
    fmt::print("everything but the disk is in {}\n", folder_.string());
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app("Hands faxes over to dahdi-faxmail while everything around is killed.", "mail_torture");
  app.add_option("--faxes", options.faxes, "how many; else 1000")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", options.seed, "of the strikes; else another each time");
  app.add_flag("--keep", options.keep, "leave everything where it is");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return app.exit(end);
  }
  return MailTorture(options).run();
} catch (const std::exception& error) {
  fmt::print(stderr, "mail_torture: {}\n", error.what());
  return 1;
}
