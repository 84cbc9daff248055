// SPDX-License-Identifier: GPL-2.0-or-later
// One call over the exchange from dialling to hanging up, 20 ms at a time, and what came of it. Owned by
// main.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <sndfile.hh>
#include <string>
#include <string_view>
#include <vector>

#include "src/faxcall/fax_caller.hpp"
#include "src/faxcall/options.hpp"

namespace faxcall {

enum class Outcome : std::uint8_t {
  all_confirmed,
  not_all_confirmed,  // the fax went to its end, or was given up, with pages missing
  line_hung_up,       // the far end hung up before its time
  we_hung_up,         // as told by --hang-up-...
  said_nothing,       // as told by --silent
  no_answer,          // it only rang
  busy,               // lines are there, none is free
  no_line,            // nobody serves the folder, or the line refuses
  too_long            // longer than such a fax can be
};
std::string_view name(Outcome outcome) noexcept;  // "all_confirmed"

struct CallResult {
  Outcome outcome = Outcome::no_line;
  std::string why;  // a half sentence; empty = all is well
  bool answered = false;
  int pages_in_file = 0;
  int pages_sent = 0;
  std::vector<PageReport> pages;
  std::string far_station_id;
  double answer_s = 0;  // the line's seconds from dialling to the answer
  double line_s = 0;    // ... and to the end
  double wall_s = 0;

  [[nodiscard]] int confirmed() const;
};

class Call {
 public:
  // Hears of what happens when it happens: a sentence, and the line's seconds.
  using Watcher = std::function<void(double line_s, const std::string& sentence)>;

  Call(const Options& options, int pages_in_file, Watcher watcher);
  // Dials, sends, hangs up. Throws base::Failure or std::system_error for troubles that are not the call's.
  CallResult run();

 private:
  void dial_and_talk(CallResult& result);
  // Exchanges 20 ms; the outcome when that ends the call.
  std::optional<Outcome> turn(hw::exchange::ExchangeCaller& line);
  [[nodiscard]] std::optional<Outcome> reason_to_end() const;
  [[nodiscard]] Outcome fax_outcome(Outcome otherwise) const;
  [[nodiscard]] std::string why(Outcome outcome) const;
  [[nodiscard]] bool told_to_hang_up() const;
  void hear();
  void note_answer();
  void wait_for_the_clock();
  void write_recording();
  [[nodiscard]] bool talking() const noexcept { return answered_at_.has_value(); }
  [[nodiscard]] bool silent() const noexcept { return options_.silent_s.has_value(); }
  [[nodiscard]] double line_s() const noexcept;
  [[nodiscard]] double talk_s() const noexcept;
  [[nodiscard]] FaxCaller::Listener listener();

  const Options& options_;
  int pages_in_file_;
  Watcher watcher_;
  FaxCaller fax_;
  SndfileHandle recording_;
  hw::Block said_{}, heard_{};
  std::uint64_t blocks_ = 0;                  // since dialling
  std::optional<std::uint64_t> answered_at_;  // block
  std::int64_t began_ns_ = 0;
};

}  // namespace faxcall
