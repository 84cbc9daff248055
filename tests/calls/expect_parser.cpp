// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/expect_parser.hpp"

#include <limits>

#include "src/base/errors.hpp"

namespace calls {
namespace {

std::optional<unsigned> maybe_number(Words& words, std::string_view key) {
  const auto value = words.take_key(key);
  return value ? std::optional(number_from(*value)) : std::nullopt;
}

Expected page_from(const Story& story, Words& words) {
  ExpectPage page{number_from(words.next("the page's number")), {}, {}, {}, {}, {}, {}};
  page.upper_part = maybe_number(words, "upper-part");
  page.wrong_rows = maybe_number(words, "wrong-rows");
  page.repeats = maybe_number(words, "repeats");
  page.is_no_repeat_of = maybe_number(words, "no-repeat-of");
  for (const char* word : {"good", "poor", "bad", "whole", "marked", "damaged"})
    if (words.take(word)) page.words.emplace_back(word);
  if (words.empty()) return page;
  page.page = words.next("a page's name");
  if (!story.pages.contains(page.page)) throw base::Failure("no page is called \"{}\"", page.page);
  return page;
}

Expected said_from(Words& words) {
  ExpectSaid said{words.next("a frame's name"), 0, 0};
  std::string count = words.next("how often");
  const bool or_more = count.ends_with('+');
  if (or_more) count.pop_back();
  said.least = number_from(count);
  said.most = or_more ? std::numeric_limits<unsigned>::max() : said.least;
  return said;
}

Expected outcome_from(Words& words) {
  ExpectOutcome outcome;
  while (!words.empty()) {
    const std::string name = words.next("an outcome");
    if (name != "or") outcome.names.push_back(name);
  }
  return outcome;
}

}  // namespace

Expected expected_from(const Story& story, Words& words) {
  const std::string what = words.next("what is expected");
  if (what == "outcome") return outcome_from(words);
  if (what == "pages") return ExpectPages{number_from(words.next("how many"))};
  if (what == "page") return page_from(story, words);
  if (what == "said") return said_from(words);
  if (what == "station" || what == "sub-address" || what == "vendor")
    return ExpectText{what, words.next("the text")};
  throw base::Failure("\"{}\" is nothing to expect", what);
}

}  // namespace calls
