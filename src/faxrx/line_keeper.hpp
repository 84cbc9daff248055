// SPDX-License-Identifier: GPL-2.0-or-later
// The life of one served line as the supervisor sees it: its pair of processes is started, watched, started again
// when it dies, tried again while the line cannot be opened, and started anew, when it is idle, after a change of
// its settings. What the operator blocked stays blocked through all of that. Owned by ServedLines; one thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "src/base/event_loop.hpp"
#include "src/faxrx/line_pair.hpp"
#include "src/faxrx/line_view.hpp"
#include "src/faxrx/spans.hpp"

namespace faxrx {

enum class LineNews {
  opened,
  cannot_open,  // tried(), and why_not_open() says why
  over          // it will not be started again
};

class LineKeeper {
 public:
  // Told from within the event loop; may call anything here, but not destroy it.
  using Listener = std::function<void(LineKeeper&, LineNews)>;

  LineKeeper(base::EventLoop& loop, const base::UniqueFd& spool_lock, Spans& spans, PairSettings settings,
             Listener told);
  LineKeeper(const LineKeeper&) = delete;
  LineKeeper& operator=(const LineKeeper&) = delete;

  void start();
  // New settings, perhaps the same: a pair that runs with other ones ends when it is idle, and starts with these. A
  // line that cannot be opened is tried at once.
  void follow(PairSettings settings);
  void end();        // no new call; over after the one that runs
  void stop_call();  // ends the one that runs, for a line that is to end
  void set_blocked(bool blocked);
  void hang_up();

  [[nodiscard]] const std::string& name() const noexcept { return settings_.line->name.text; }
  [[nodiscard]] const hw::LineKind& kind() const noexcept { return *settings_.line->name.kind; }
  [[nodiscard]] const std::string& why_not_open() const noexcept {
    return why_not_open_;
  }  // empty: it can be
  [[nodiscard]] bool is_open() const noexcept { return pair_.opened && pair_.line_pid > 0; }
  [[nodiscard]] bool was_tried() const noexcept { return tried_; }
  [[nodiscard]] bool is_leaving() const noexcept { return leaving_; }
  [[nodiscard]] bool is_over() const noexcept { return over_; }
  [[nodiscard]] bool moved() noexcept { return pair_.moved(); }
  [[nodiscard]] LineView view() const;

 private:
  void watch_pair();
  bool hear_line();
  void line_ended(int status);
  void say_how_line_ended(int status) const;
  void could_not_open(std::string why);
  void page_ended(int status);
  void one_half_ended();
  void pair_ended();
  void kill_the_rest() const;
  [[nodiscard]] std::chrono::milliseconds pause_before_start();

  base::EventLoop& loop_;
  Spans& spans_;
  PairSettings settings_;  // what is wanted; pair_.settings() is what runs
  Listener told_;
  LinePair pair_;
  base::EventLoop::Source heard_, line_end_, page_end_;
  base::Timer pause_, partner_;
  std::string why_not_open_;
  std::chrono::seconds open_pause_;
  unsigned short_lives_ = 0;  // in a row
  bool blocked_ = false;
  bool leaving_ = false;     // it shall end for good
  bool drain_told_ = false;  // its pair ends when idle, because it leaves or for other settings
  bool played_ = false;      // ended by itself: a recording
  bool tried_ = false;       // to open it, at least once
  bool over_ = false;
};

}  // namespace faxrx
