// SPDX-License-Identifier: GPL-2.0-or-later
// The receiving side of ITU-T T.30: 20 ms of the line in, 20 ms of answer out, pages to a PageSink, verdicts
// back. One object a line, for call after call; owned and called by the line process alone. All memory is taken
// by the constructor; everything after it is RT safe: no allocation, lock, file, wait or exception.
//
// A page is answered MCF only after its verdict has come. Time is counted in samples.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "src/modem/fast_receiver.hpp"
#include "src/page/t4_page.hpp"
#include "src/t30/capabilities.hpp"
#include "src/t30/outcome.hpp"
#include "src/t30/page_sink.hpp"

namespace t30 {

class Receiver {
 public:
  explicit Receiver(PageSink& sink);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // The line was answered: CED and DIS follow. Ends what was before.
  void start(const Settings& settings) noexcept;
  // 20 ms. `said` is silence when there is nothing to say.
  void block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) noexcept;
  // The caller hung up, or the call is being ended for another reason: what there is of a page is sent to the
  // sink.
  void line_dropped() noexcept;
  // The page whose end the sink took was judged.
  void verdict(Verdict verdict) noexcept;
  // A page's end was handed to the sink and has no verdict yet.
  [[nodiscard]] bool awaits_verdict() const noexcept;
  // Something of a page still waits for room in the sink: go on calling pump(), after the call too.
  [[nodiscard]] bool has_unsent_bytes() const noexcept;
  void pump() noexcept;
  [[nodiscard]] Outcome outcome() const noexcept;  // none: the call goes on

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace t30
