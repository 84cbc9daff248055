// SPDX-License-Identifier: GPL-2.0-or-later
// Plays one recorded call to many lines at once in real time: a block to each every 20 ms, whatever they
// answer, and notes how long each answer takes. The lines' blocks do not all come at the same moment but
// spread over the 20 ms, as those of a machine's many spans do. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "src/base/unique_fd.hpp"
#include "tests/bench/recorded_call.hpp"

namespace bench {

struct Answers {
  std::vector<float> ms;       // each block's, but for those after a page's end
  std::vector<float> page_ms;  // the slowest after each page's end: there a line of the exchange stands still
  void begin_page() { page_ms.push_back(0); }
};

class Replayer {
 public:
  explicit Replayer(const RecordedCall& call);

  // Every connection is called from the start of run() plus its turn; `answers` is where its times go.
  // One to a line of the exchange: dials, and plays the recording when the line has answered.
  void add_line(const std::filesystem::path& socket, Answers& answers);
  // One to a process that sends back what it gets: as many blocks as a call has.
  void add_loop(base::UniqueFd socket, Answers& answers);

  // Until every recording has been played and every line has hung up; the connections stay open.
  void run();
  [[nodiscard]] unsigned hung_up() const;                                  // lines that ended their call
  [[nodiscard]] std::uint64_t blocks_sent() const;                         // to all
  [[nodiscard]] double latest_tick_ms() const { return latest_tick_ms_; }  // our own lateness

 private:
  struct Connection {
    std::filesystem::path line;  // of the exchange: it rings, answers, and hangs up; empty: a loop
    base::UniqueFd socket;       // none yet: not dialled
    Answers* answers;
    bool answered;                      // the recording plays
    bool over = false;                  // nothing more to send or to hear
    std::size_t played = 0;             // blocks of the recording
    std::vector<std::int64_t> sent_ns;  // every block's
    std::size_t heard = 0;              // blocks that were answered
    std::size_t before_answer = 0;      // blocks sent while it rang
    std::size_t page = 0;               // page ends of the recording that are behind
  };

  void tick(std::uint64_t tick);
  void begin(std::size_t index);
  void send_block(Connection& connection);
  void hear(Connection& connection);
  void note_answer(Connection& connection);
  [[nodiscard]] std::uint64_t first_tick(std::size_t index) const;
  [[nodiscard]] bool all_over() const;

  const RecordedCall& call_;
  base::UniqueFd epoll_;
  std::vector<Connection> connections_;
  double latest_tick_ms_ = 0;
};

}  // namespace bench
