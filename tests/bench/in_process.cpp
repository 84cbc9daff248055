// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/in_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "src/base/errors.hpp"
#include "tests/bench/callees.hpp"
#include "tests/bench/cpu_time.hpp"

namespace bench {
namespace {

// The two take turns: a second of the line's time each, the one that begins changing every time.
constexpr std::size_t blocks_a_turn = blocks_per_s;

// One engine's way through the replays.
struct Account {
  std::vector<std::int64_t> best_block_ns;            // of all replays
  std::vector<double> receiver_ns, page_ns, talk_ns;  // a replay each
  std::size_t blocks = 0;                             // of one replay
};

class Replay {
 public:
  Replay(const RecordedCall& call, const std::filesystem::path& folder, unsigned number)
      : call_(call), spandsp_(folder / fmt::format("spandsp-{}-{}.tif", call.name, number)), ours_(folder) {
    ours_.begin();
  }
  void run(Account& spandsp, Account& ours, std::int64_t clock_ns);

 private:
  void spandsp_turn(std::size_t from, std::size_t to);
  void our_turn(std::size_t from, std::size_t to);
  void check() const;

  const RecordedCall& call_;
  SpandspCallee spandsp_;
  OurCallee ours_;
  Account* spandsp_account_ = nullptr;
  Account* our_account_ = nullptr;
  std::int64_t clock_ns_ = 0;
};

void charge(Account& account, std::size_t block, std::int64_t ns) {
  if (account.best_block_ns.size() <= block)
    account.best_block_ns.resize(block + 1, std::numeric_limits<std::int64_t>::max());
  account.best_block_ns[block] = std::min(account.best_block_ns[block], ns);
  account.receiver_ns.back() += static_cast<double>(ns);
}

void Replay::spandsp_turn(std::size_t from, std::size_t to) {
  for (std::size_t n = std::max(from, call_.spandsp_answers_at); n < to && !spandsp_.over(); ++n) {
    hw::Block said;
    const std::int64_t begin = thread_cpu_ns();
    spandsp_.hear(call_.caller[n]);
    const std::int64_t heard = thread_cpu_ns();
    spandsp_.say(said);
    const std::int64_t end = thread_cpu_ns();
    charge(*spandsp_account_, n - call_.spandsp_answers_at, heard - begin - clock_ns_);
    spandsp_account_->talk_ns.back() += static_cast<double>(end - heard - clock_ns_);
    spandsp_account_->blocks = n + 1 - call_.spandsp_answers_at;
  }
}

void Replay::our_turn(std::size_t from, std::size_t to) {
  for (std::size_t n = from; n < to && !ours_.over(); ++n) {
    hw::Block said;
    const std::int64_t begin = thread_cpu_ns();
    ours_.block(call_.caller[n], said);
    const std::int64_t heard = thread_cpu_ns();
    const bool worked = ours_.work_as_page_process();
    const std::int64_t end = thread_cpu_ns();
    charge(*our_account_, n, heard - begin - clock_ns_);
    if (worked) our_account_->page_ns.back() += static_cast<double>(end - heard - clock_ns_);
    our_account_->blocks = n + 1;
  }
}

void Replay::run(Account& spandsp, Account& ours, std::int64_t clock_ns) {
  spandsp_account_ = &spandsp;
  our_account_ = &ours;
  clock_ns_ = clock_ns;
  for (Account* account : {&spandsp, &ours})
    for (auto* sums : {&account->receiver_ns, &account->page_ns, &account->talk_ns})
      sums->push_back(0);
  bool ours_first = false;
  for (std::size_t from = 0; from < call_.caller.size(); from += blocks_a_turn, ours_first = !ours_first) {
    const std::size_t to = std::min(from + blocks_a_turn, call_.caller.size());
    if (ours_first) our_turn(from, to);
    spandsp_turn(from, to);
    if (!ours_first) our_turn(from, to);
  }
  ours_.end();
  check();
}

// A recorded caller goes on whatever it hears; the comparison is one only if both sides got everything.
void Replay::check() const {
  if (spandsp_.pages() != call_.pages)
    throw base::Failure("spandsp's engine received {} of the {} recorded pages of {}", spandsp_.pages(),
                        call_.pages, call_.name);
  if (ours_.pages() != call_.pages || ours_.outcome() != t30::Outcome::completed)
    throw base::Failure("our receiver got {} of the {} recorded pages of {}, its outcome is {}",
                        ours_.pages(), call_.pages, call_.name, static_cast<int>(ours_.outcome()));
}

double percent_of_a_core(double ns, std::size_t blocks) {
  return ns / 1e9 / (static_cast<double>(blocks) / blocks_per_s) * 100;
}

double worst_ms(const Account& account) {
  return static_cast<double>(*std::max_element(account.best_block_ns.begin(), account.best_block_ns.end())) /
         1e6;
}

void report(const std::string& name, const Account& spandsp, const Account& ours, Figures& figures) {
  const double spandsp_share = percent_of_a_core(median(spandsp.receiver_ns), spandsp.blocks);
  const double talk_share = percent_of_a_core(median(spandsp.talk_ns), spandsp.blocks);
  const double our_share = percent_of_a_core(median(ours.receiver_ns), ours.blocks);
  const double page_share = percent_of_a_core(median(ours.page_ns), ours.blocks);
  figures.add({"receiver, " + name, our_share / spandsp_share, "× fax_rx", 0.90,
               fmt::format("{:.4f} % of a core; fax_rx {:.4f} % (and its fax_tx {:.4f} %)", our_share,
                           spandsp_share, talk_share)});
  figures.add({"receiver and page process, " + name, (our_share + page_share) / spandsp_share, "× fax_rx",
               1.15,
               fmt::format("{:.4f} % of a core, {:.4f} % of it the page process's", our_share + page_share,
                           page_share)});
  figures.add({"worst 20 ms block, " + name, worst_ms(ours), "ms of CPU", 0.3,
               fmt::format("fax_rx {:.2f} ms", worst_ms(spandsp))});
}

}  // namespace

ReceiverCost measure_receiver(const RecordedCall& call, const std::filesystem::path& folder,
                              Figures& figures) {
  Account spandsp;
  Account ours;
  const std::int64_t clock_ns = cost_of_the_clock_ns();
  for (unsigned n = 0; n < replays; ++n)
    Replay(call, folder, n).run(spandsp, ours, clock_ns);
  report(call.name, spandsp, ours, figures);
  return {median(ours.receiver_ns), median(ours.page_ns)};
}

}  // namespace bench
