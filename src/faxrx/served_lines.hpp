// SPDX-License-Identifier: GPL-2.0-or-later
// All lines that the service serves, in the order of the configuration; behind them those that are configured no
// longer and still have a call. Owned by the supervisor; one thread.
#pragma once

#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/faxrx/line_keeper.hpp"

namespace faxrx {

class ServedLines {
 public:
  ServedLines(base::EventLoop& loop, const base::UniqueFd& spool_lock, Spans& spans,
              LineKeeper::Listener told)
      : loop_(loop), spool_lock_(spool_lock), spans_(spans), told_(std::move(told)) {}

  // New lines start, changed ones start anew when they are idle, those that are not in it end after their call.
  void follow(const std::shared_ptr<const Settings>& settings);
  void end();         // all of them, after their calls
  void stop_calls();  // after end()
  void forget_gone();

  [[nodiscard]] bool all_tried() const noexcept;
  [[nodiscard]] bool all_over() const noexcept;
  [[nodiscard]] bool all_move();  // says which do not
  // "4 lines, from 1 to 4", "1 of 4 lines, from 1 to 4; the others cannot be opened yet"
  [[nodiscard]] std::string summary() const;
  // Says why the line cannot be opened, unless the same was said of it or another one and still holds.
  void say_cannot_open(const LineKeeper& line);
  void say_opened(const LineKeeper& line);

  [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }
  [[nodiscard]] std::vector<LineView> views(std::size_t first, std::size_t most) const;
  // As they are written after -c: "1-4". Throws base::Failure when it names nothing, or a line that is not served.
  [[nodiscard]] std::vector<LineKeeper*> named(const std::vector<std::string>& arguments);

 private:
  LineKeeper& keeper_of(const std::string& name);
  bool goes_on(std::list<LineKeeper>& ordered, const PairSettings& settings);

  base::EventLoop& loop_;
  const base::UniqueFd& spool_lock_;
  Spans& spans_;
  LineKeeper::Listener told_;
  std::list<LineKeeper> lines_;
  std::set<std::string> reasons_said_;
};

}  // namespace faxrx
