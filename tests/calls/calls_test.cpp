// SPDX-License-Identifier: GPL-2.0-or-later
// Every story of stories/ is told to our receiver. One story alone: calls_test -sc="*TCF is missing*".
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/calls/in_process.hpp"

using namespace calls;

namespace {

std::vector<std::filesystem::path> story_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TEST_STORIES))
    if (entry.path().extension() == ".call") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Story read_story(const std::filesystem::path& file) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return parse_story(file.filename(), text);
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string all;
  for (const std::string& sentence : sentences)
    all += sentence + "\n";
  return all;
}

}  // namespace

TEST_CASE("the stories of scripted callers come true") {
  const std::vector<std::filesystem::path> files = story_files();
  REQUIRE(files.size() > 90);
  for (const std::filesystem::path& file : files) {
    const Story story = read_story(file);
    SUBCASE(story.title.c_str()) {
      const Told told = tell(story);
      CHECK_MESSAGE(told.untrue.empty(), joined(told.untrue) << told.transcript);
    }
  }
}

TEST_CASE("no two stories have one name, and each has something to expect") {
  std::vector<std::string> titles;
  for (const std::filesystem::path& file : story_files()) {
    const Story story = read_story(file);
    titles.push_back(story.title);
    CHECK_MESSAGE(!story.expectations.empty(), story.file << " expects nothing");
  }
  std::sort(titles.begin(), titles.end());
  const auto twice = std::adjacent_find(titles.begin(), titles.end());
  CHECK_MESSAGE(twice == titles.end(), *twice);
}
