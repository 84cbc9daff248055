// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a story's caller against our receiver in this process, block by block, with a sink in memory, and says
// what of the story did not come true. One call, one thread.
#pragma once

#include <string>
#include <vector>

#include "src/t30/receiver.hpp"
#include "tests/calls/called_side.hpp"
#include "tests/calls/ear.hpp"
#include "tests/calls/memory_sink.hpp"
#include "tests/calls/story.hpp"

namespace calls {

// A sink that knows what an MCF promises: a page command's MCF may only be said when the last page's verdict
// was given and it was on the disk.
class PromiseSink : public MemorySink {
 public:
  void frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept override;
  std::optional<t30::Verdict> given_verdict() noexcept;
  [[nodiscard]] bool broke_promise() const noexcept { return broke_promise_; }

  std::uint64_t now_ms = 0;                   // of the call, kept by the ReceiverSide
  std::vector<std::uint64_t> frame_times_ms;  // of `frames`

 private:
  std::string last_command_;
  std::size_t verdicts_given_ = 0;
  bool broke_promise_ = false;
};

class ReceiverSide : public CalledSide {
 public:
  explicit ReceiverSide(const t30::Settings& settings);
  void block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) override;
  [[nodiscard]] bool has_hung_up() const override;
  void caller_hung_up() override;
  void set_disk(bool full, unsigned slow_ms) override;

  // The caller's frames as the receiver took them, with their times: a line each.
  [[nodiscard]] std::string understood() const;
  [[nodiscard]] const PromiseSink& sink() const noexcept { return sink_; }
  [[nodiscard]] t30::Outcome outcome() const noexcept { return receiver_.outcome(); }
  [[nodiscard]] bool has_unsent_bytes() const noexcept { return receiver_.has_unsent_bytes(); }

 private:
  PromiseSink sink_;
  t30::Receiver receiver_;
};

struct Told {
  std::vector<std::string> untrue;  // sentences, each with its file and line; empty: all came true
  std::string transcript;
};
[[nodiscard]] Told tell(const Story& story);

}  // namespace calls
