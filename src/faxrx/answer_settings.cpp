// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/answer_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "src/base/dial_pattern.hpp"

namespace faxrx {
namespace {

constexpr unsigned longest_ring_ms = 10'000;
constexpr std::array<std::pair<const char*, AnswerMode>, 4> modes = {{{"always", AnswerMode::always},
                                                                      {"listen", AnswerMode::listen},
                                                                      {"take-over", AnswerMode::take_over},
                                                                      {"never", AnswerMode::never}}};

void read_mode(base::ConfigTable& table, AnswerSettings& settings) {
  std::vector<std::string> names;
  std::string now;
  for (const auto& [name, mode] : modes) {
    names.emplace_back(name);
    if (mode == settings.mode) now = name;
  }
  const std::string chosen = table.choice("answer", names, now);
  for (const auto& [name, mode] : modes)
    if (chosen == name) settings.mode = mode;
}

void read_refuse(base::ConfigTable& table, AnswerSettings& settings) {
  if (!table.has("refuse")) return static_cast<void>(table.texts("refuse"));
  settings.refuse = table.texts("refuse");
  for (const std::string& pattern : settings.refuse)
    if (const auto wrong = base::pattern_mistake(pattern)) table.mistake("refuse", *wrong);
}

std::optional<unsigned> milliseconds(std::string_view text) noexcept {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc{} && end == text.data() + text.size() && value <= longest_ring_ms;
  return good ? std::optional(value) : std::nullopt;
}

// "200-700 4711"
std::optional<RingNumber> ring_number(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::size_t space = text.find(' ');
  if (dash == std::string_view::npos || space == std::string_view::npos || dash > space) return std::nullopt;
  const auto least = milliseconds(text.substr(0, dash));
  const auto most = milliseconds(text.substr(dash + 1, space - dash - 1));
  const std::string_view called = text.substr(text.find_first_not_of(' ', space) == std::string_view::npos
                                                  ? text.size()
                                                  : text.find_first_not_of(' ', space));
  if (!least || !most || *least > *most || called.empty() || called.size() > 32) return std::nullopt;
  return RingNumber{*least, *most, std::string(called)};
}

void read_called_by_ring(base::ConfigTable& table, AnswerSettings& settings) {
  const bool given = table.has("called_by_ring");
  const std::vector<std::string> texts = table.texts("called_by_ring");
  if (given) settings.called_by_ring.clear();
  for (const std::string& text : texts) {
    const auto ring = ring_number(text);
    if (ring)
      settings.called_by_ring.push_back(*ring);
    else
      table.mistake(
          "called_by_ring",
          fmt::format("\"{}\" is not a ring's length and a number; right would be \"200-700 4711\": a bell "
                      "of 200 to 700 ms rings for 4711; {} ms is the most",
                      text, longest_ring_ms));
  }
}

}  // namespace

bool AnswerSettings::refuses(std::string_view caller) const noexcept {
  return !caller.empty() && std::any_of(refuse.begin(), refuse.end(), [caller](const std::string& pattern) {
    return base::pattern_matches(pattern, caller);
  });
}

std::string_view AnswerSettings::called_by(unsigned ring_ms) const noexcept {
  for (const RingNumber& ring : called_by_ring)
    if (ring_ms >= ring.least_ms && ring_ms <= ring.most_ms) return ring.called;
  return {};
}

void read_answer_settings(base::ConfigTable& table, AnswerSettings& settings) {
  read_mode(table, settings);
  settings.rings = static_cast<unsigned>(table.number("rings", 1, 20, settings.rings));
  settings.listen_s = static_cast<unsigned>(table.number("listen_s", 1, 60, settings.listen_s));
  settings.answer_without_cng = table.choice("without_cng", {"answer", "hang-up"},
                                             settings.answer_without_cng ? "answer" : "hang-up") == "answer";
  read_refuse(table, settings);
  read_called_by_ring(table, settings);
}

}  // namespace faxrx
