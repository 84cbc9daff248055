// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/expectations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "src/page/rows.hpp"

namespace calls {
namespace {

using t30::Outcome;
using t30::Verdict;

const char* name_of_outcome(Outcome outcome) {
  constexpr std::array<std::pair<Outcome, const char*>, 9> names = {
      {{Outcome::none, "none"},
       {Outcome::completed, "completed"},
       {Outcome::caller_hung_up, "caller-hung-up"},
       {Outcome::no_fax, "no-fax"},
       {Outcome::failed, "failed"},
       {Outcome::slower_than_allowed, "slower-than-allowed"},
       {Outcome::wrong_password, "wrong-password"},
       {Outcome::not_stored, "not-stored"},
       {Outcome::incompatible, "incompatible"}}};
  for (const auto& [value, name] : names)
    if (value == outcome) return name;
  return "?";
}

struct Call {
  const Story& story;
  const ReceiverSide& called;
  const Ear& ear;
};

std::span<const std::uint8_t> row_of(const std::vector<std::uint8_t>& rows, std::uint32_t width,
                                     std::size_t row) {
  return std::span(rows).subspan(row * page::octets_per_row(width), page::octets_per_row(width));
}

// Rows of both that are there and equal, counted one by one or only those above the first difference.
struct Likeness {
  unsigned equal = 0, equal_from_top = 0;
};
Likeness likeness(const TestPage& sent, const KeptPage& kept) {
  Likeness likeness;
  if (sent.width_pels != kept.format.width_pels) return likeness;
  for (unsigned row = 0; row < std::min(sent.row_count, kept.rows.row_count); ++row) {
    const auto wanted = row_of(sent.rows, sent.width_pels, row),
               got = row_of(kept.rows.rows, sent.width_pels, row);
    if (!std::equal(wanted.begin(), wanted.end(), got.begin(), got.end())) continue;
    if (likeness.equal_from_top == row) ++likeness.equal_from_top;
    ++likeness.equal;
  }
  return likeness;
}

std::string compare_rows(const ExpectPage& wanted, const TestPage& sent, const KeptPage& kept) {
  const auto [equal, from_top] = likeness(sent, kept);
  const std::string found =
      fmt::format("has {} rows of {} pels; of {} rows sent {} are equal, {} of them from the top on",
                  kept.rows.row_count, kept.format.width_pels, sent.row_count, equal, from_top);
  if (wanted.upper_part) return from_top >= *wanted.upper_part && from_top < sent.row_count ? "" : found;
  if (kept.rows.row_count != sent.row_count) return found;
  return equal + wanted.wrong_rows.value_or(0) >= sent.row_count ? "" : found;
}

bool is_true_of(const std::string& word, const KeptPage& kept) {
  if (word == "good") return kept.verdict == Verdict::good;
  if (word == "poor") return kept.verdict == Verdict::poor;
  if (word == "bad") return kept.verdict == Verdict::bad;
  if (word == "damaged") return kept.end.damaged != 0;
  const bool marked = kept.end.complete == 0 || kept.end.damaged != 0 || !kept.coded.holes.empty();
  return marked == (word == "marked");
}

bool repeats(const KeptPage& kept, const Call& call, unsigned earlier_number) {
  const auto& pages = call.called.sink().pages;
  if (earlier_number == 0 || earlier_number > pages.size()) return false;
  return page::is_repeat(pages[earlier_number - 1].rows, kept.rows, kept.format.width_pels);
}

std::string check(const Call& call, const ExpectPage& wanted) {
  const auto& pages = call.called.sink().pages;
  if (wanted.number == 0 || wanted.number > pages.size())
    return fmt::format("there are {} pages", pages.size());
  const KeptPage& kept = pages[wanted.number - 1];
  for (const std::string& word : wanted.words)
    if (!is_true_of(word, kept))
      return fmt::format(
          "page {} is not {}: verdict {}, complete {}, damaged {}, {} of {} rows bad, {} together",
          wanted.number, word, name_of(kept.verdict), kept.end.complete, kept.end.damaged, kept.rows.bad_rows,
          kept.rows.row_count, kept.rows.longest_bad_run);
  if (wanted.repeats && !repeats(kept, call, *wanted.repeats)) return "it is not taken for a repeat";
  if (wanted.is_no_repeat_of && repeats(kept, call, *wanted.is_no_repeat_of))
    return "it is taken for a repeat";
  if (wanted.page.empty()) return {};
  const std::string found = compare_rows(wanted, call.story.pages.at(wanted.page), kept);
  return found.empty() ? found : fmt::format("page {} {}", wanted.number, found);
}

std::string check(const Call& call, const ExpectOutcome& wanted) {
  const std::string got = name_of_outcome(call.called.outcome());
  return std::find(wanted.names.begin(), wanted.names.end(), got) != wanted.names.end()
             ? ""
             : "the outcome is " + got;
}

std::string check(const Call& call, const ExpectPages& wanted) {
  const std::size_t got = call.called.sink().pages.size();
  return got == wanted.pages ? "" : fmt::format("there are {} pages and not {}", got, wanted.pages);
}

std::string check(const Call& call, const ExpectSaid& wanted) {
  const auto& frames = call.ear.frames();
  const auto got =
      std::count_if(frames.begin(), frames.end(), [&](const HeardFrame& f) { return f.name == wanted.name; });
  const auto said = static_cast<unsigned>(got);
  return said >= wanted.least && said <= wanted.most ? ""
                                                     : fmt::format("{} was said {} times", wanted.name, said);
}

std::string check(const Call& call, const ExpectText& wanted) {
  const t30::Session& session = call.called.sink().session;
  const std::string_view got = wanted.what == "station"       ? session.station_id.view()
                               : wanted.what == "sub-address" ? session.sub_address.view()
                                                              : session.vendor.view();
  return got == wanted.text ? "" : fmt::format("{} is \"{}\" and not \"{}\"", wanted.what, got, wanted.text);
}

}  // namespace

std::vector<std::string> unmet(const Story& story, const ReceiverSide& called, const Ear& ear) {
  std::vector<std::string> sentences;
  const Call call{story, called, ear};
  for (const Expectation& expectation : story.expectations) {
    const std::string sentence =
        std::visit([&](const auto& wanted) { return check(call, wanted); }, expectation.expected);
    if (!sentence.empty())
      sentences.push_back(fmt::format("{}:{}: {}", story.file, expectation.line, sentence));
  }
  if (called.sink().broke_promise())
    sentences.push_back(story.file + ": MCF was said for a page that is not kept");
  if (called.has_unsent_bytes())
    sentences.push_back(story.file + ": the receiver keeps bytes back after the call");
  return sentences;
}

}  // namespace calls
