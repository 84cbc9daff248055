// SPDX-License-Identifier: GPL-2.0-or-later
// What a line costs while nobody calls: the line process's own loop on a line that gives a block of silence
// whenever it is asked, beside a loop that does nothing but poll, read and write the same. The kernel's work is
// in both; the difference is ours.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include "src/base/socket_pair.hpp"
#include "src/faxrx/line_loop.hpp"
#include "tests/bench/cpu_time.hpp"
#include "tests/bench/in_process.hpp"

namespace bench {
namespace {

constexpr std::size_t blocks_to_wait = 100'000;  // 33 minutes of the line's time

// A card whose channel is on-hook: /dev/zero is always ready, as a card is once each 20 ms.
class SilentLine final : public hw::Line {
 public:
  SilentLine()
      : from_(::open("/dev/zero", O_RDONLY | O_CLOEXEC)), to_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) {
    if (!from_ || !to_) throw base::system_failure("cannot open /dev/zero and /dev/null");
  }
  [[nodiscard]] int fd() const noexcept override { return from_.get(); }
  hw::LineEvent next_event() noexcept override {
    return blocks_ == blocks_to_wait ? std::exchange(last_event_, hw::LineEvent::none) : hw::LineEvent::none;
  }
  bool read(hw::Block& heard) noexcept override {
    ++blocks_;
    return ::read(from_.get(), heard.data(), sizeof heard) == sizeof heard;
  }
  void write(const hw::Block& said) noexcept override {
    [[maybe_unused]] const ssize_t written = ::write(to_.get(), said.data(), sizeof said);
  }
  void answer() noexcept override {}
  void hang_up() noexcept override {}
  void accept_calls(bool) noexcept override {}
  [[nodiscard]] const hw::CallIdentity& identity() const noexcept override { return identity_; }
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return true; }
  [[nodiscard]] std::uint64_t guard_samples() const noexcept override { return 0; }

 private:
  base::UniqueFd from_, to_;
  hw::CallIdentity identity_;
  std::size_t blocks_ = 0;
  hw::LineEvent last_event_ = hw::LineEvent::no_more_calls;
};

std::int64_t line_loop_ns() {
  base::RingMemory ring;
  base::SocketPair page = base::socket_pair();
  base::SocketPair control = base::socket_pair();
  const faxrx::ServedLine served{};
  faxrx::LineLoop loop(served, std::make_unique<SilentLine>(),
                       {&ring, std::move(page[0]), std::move(control[0])});
  const std::int64_t begin = thread_cpu_ns();
  loop.run();
  return thread_cpu_ns() - begin;
}

std::int64_t empty_loop_ns() {
  SilentLine line;
  hw::Block block;
  const std::int64_t begin = thread_cpu_ns();
  for (std::size_t n = 0; n < blocks_to_wait; ++n) {
    pollfd fd{line.fd(), POLLIN, 0};
    ::poll(&fd, 1, -1);
    line.read(block);
    line.write(block);
  }
  return thread_cpu_ns() - begin;
}

double percent_of_a_core(std::int64_t ns) {
  return static_cast<double>(ns) / (static_cast<double>(blocks_to_wait) / blocks_per_s * 1e9) * 100;
}

}  // namespace

void measure_waiting(Figures& figures) {
  std::vector<double> whole;
  std::vector<double> empty;
  for (unsigned n = 0; n < replays; ++n) {
    whole.push_back(percent_of_a_core(line_loop_ns()));
    empty.push_back(percent_of_a_core(empty_loop_ns()));
  }
  figures.add({"waiting for a call on a card, our code", std::max(0.0, median(whole) - median(empty)),
               "% of a core", 0.02,
               fmt::format("whole loop {:.4f} %, empty poll-read-write loop {:.4f} %", median(whole),
                           median(empty))});
}

}  // namespace bench
