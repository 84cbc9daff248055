// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/served_lines.hpp"

#include <algorithm>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"

namespace faxrx {
namespace {

// What parse_lines() says begins with the option that it was made for.
std::vector<hw::LineName> parse(const std::string& argument) {
  try {
    return hw::parse_lines(base::printable(argument, argument.size()));
  } catch (const base::Failure& failure) {
    const std::string_view sentence = failure.what();
    throw base::Failure("{}", sentence.substr(sentence.starts_with("-c ") ? 3 : 0));
  }
}

}  // namespace

bool ServedLines::goes_on(std::list<LineKeeper>& ordered, const PairSettings& settings) {
  const auto found = std::find_if(lines_.begin(), lines_.end(), [&settings](const LineKeeper& line) {
    return line.name() == settings.line->name.text;
  });
  if (found == lines_.end()) return false;
  ordered.splice(ordered.end(), lines_, found);
  ordered.back().follow(settings);
  return true;
}

void ServedLines::follow(const std::shared_ptr<const Settings>& settings) {
  std::list<LineKeeper> ordered;
  std::vector<LineKeeper*> fresh, gone;
  for (const ServedLine& line : settings->lines)
    if (!goes_on(ordered, {settings, &line}))
      fresh.push_back(
          &ordered.emplace_back(loop_, spool_lock_, spans_, PairSettings{settings, &line}, told_));
  for (LineKeeper& line : lines_)
    if (!line.is_leaving()) gone.push_back(&line);
  ordered.splice(ordered.end(), lines_);
  lines_.swap(ordered);
  // Only now: whoever is told by them looks at all lines.
  for (LineKeeper* line : gone)
    line->end();
  for (LineKeeper* line : fresh)
    line->start();
}

void ServedLines::end() {
  for (LineKeeper& line : lines_)
    line.end();
}

void ServedLines::stop_calls() {
  for (LineKeeper& line : lines_)
    line.stop_call();
}

void ServedLines::forget_gone() {
  lines_.remove_if([this](const LineKeeper& line) {
    const bool is_gone = line.is_over() && line.is_leaving();
    if (is_gone) spans_.forget_line(line.name());
    return is_gone;
  });
}

bool ServedLines::all_tried() const noexcept {
  return std::all_of(lines_.begin(), lines_.end(), [](const LineKeeper& line) { return line.was_tried(); });
}

bool ServedLines::all_over() const noexcept {
  return std::all_of(lines_.begin(), lines_.end(), [](const LineKeeper& line) { return line.is_over(); });
}

bool ServedLines::all_move() {
  bool all = true;
  for (LineKeeper& line : lines_) {
    if (line.moved()) continue;
    all = false;
    base::log::error("line {}: its loop does not move", line.name());
  }
  return all;
}

std::string ServedLines::summary() const {
  const auto away = static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(), [](const LineKeeper& line) { return !line.why_not_open().empty(); }));
  std::string served = fmt::format("{} line{}, from {} to {}", lines_.size(), lines_.size() == 1 ? "" : "s",
                                   lines_.front().name(), lines_.back().name());
  if (away == 0) return served;
  if (away == lines_.size())
    return "NO LINE can be opened yet, of " + served + "; each is tried again and again";
  return fmt::format("{} of {}; the other{} cannot be opened yet, and {} tried again and again",
                     lines_.size() - away, served, away == 1 ? "" : "s", away == 1 ? "is" : "are");
}

void ServedLines::say_cannot_open(const LineKeeper& line) {
  std::erase_if(reasons_said_, [this](const std::string& said) {
    return std::none_of(lines_.begin(), lines_.end(),
                        [&said](const LineKeeper& one) { return one.why_not_open() == said; });
  });
  if (reasons_said_.insert(line.why_not_open()).second)
    base::log::error("line {} cannot be opened: {}", line.name(), line.why_not_open());
}

void ServedLines::say_opened(const LineKeeper& line) {
  const std::string& why = line.why_not_open();
  if (why.empty()) return;
  base::log::info("line {} could be opened now", line.name());
  if (std::none_of(lines_.begin(), lines_.end(),
                   [&](const LineKeeper& one) { return &one != &line && one.why_not_open() == why; }))
    reasons_said_.erase(why);
}

std::vector<LineView> ServedLines::views(std::size_t first, std::size_t most) const {
  std::vector<LineView> views;
  for (const LineKeeper& line : lines_) {
    if (first > 0) {
      --first;
      continue;
    }
    if (views.size() == most) break;
    views.push_back(line.view());
  }
  return views;
}

LineKeeper& ServedLines::keeper_of(const std::string& name) {
  const auto found = std::find_if(lines_.begin(), lines_.end(),
                                  [&name](const LineKeeper& line) { return line.name() == name; });
  if (found == lines_.end())
    throw base::Failure("line {} is not served here; \"dahdi-faxrx status\" shows which are", name);
  return *found;
}

std::vector<LineKeeper*> ServedLines::named(const std::vector<std::string>& arguments) {
  std::vector<LineKeeper*> found;
  for (const std::string& argument : arguments)
    for (const hw::LineName& name : parse(argument))
      found.push_back(&keeper_of(name.text));
  return found;
}

}  // namespace faxrx
