// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/line_table.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "src/base/errors.hpp"

namespace {

std::vector<std::string> texts(const std::string& argument) {
  std::vector<std::string> all;
  for (const hw::LineName& name : hw::parse_lines(argument))
    all.push_back(name.text);
  return all;
}

std::string failure(const std::string& argument) {
  try {
    hw::parse_lines(argument);
  } catch (const base::Failure& wrong) {
    return wrong.what();
  }
  return "";
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("lines are named by numbers, ranges and lists of them, each once and in order") {
  CHECK(texts("1") == Texts{"1"});
  CHECK(texts("1-4,7") == Texts{"1", "2", "3", "4", "7"});
  CHECK(texts("7,1-2,2") == Texts{"1", "2", "7"});
  CHECK(texts("1-1024").size() == 1024);
}

TEST_CASE("lines of an exchange carry their folder") {
  CHECK(texts("exchange:/run/x/1-2") == Texts{"exchange:/run/x/1", "exchange:/run/x/2"});
  CHECK(hw::parse_lines("exchange:/run/x/3").front().address == "/run/x/3");
  CHECK(hw::parse_lines("exchange:x/3").front().address == "x/3");
  CHECK(hw::parse_lines("exchange:/run/1-4/7").front().address == "/run/1-4/7");
}

TEST_CASE("a recording is one line, whatever its name looks like") {
  CHECK(texts("wav:1-4,7.wav") == Texts{"wav:1-4,7.wav"});
  CHECK(hw::parse_lines("wav:/a b/c.wav").front().address == "/a b/c.wav");
}

TEST_CASE("what is no line is refused in a sentence that says which part is wrong") {
  const std::string numbers = " is no channel number; channels are 1 to 1024, as in 1-4,7";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"0", "-c 0: \"0\"" + numbers},
      {"1025", "-c 1025: \"1025\"" + numbers},
      {"1-5000", "-c 1-5000: \"5000\"" + numbers},
      {"1,,2", "-c 1,,2: \"\"" + numbers},
      {"1-", "-c 1-: \"\"" + numbers},
      {"-1", "-c -1: \"\"" + numbers},
      {"1-2-3", "-c 1-2-3: \"2-3\"" + numbers},
      {"+1", "-c +1: \"+1\"" + numbers},
      {" 1", "-c  1: \" 1\"" + numbers},
      {"99999999999999999999", "-c 99999999999999999999: \"99999999999999999999\"" + numbers},
      {"isdn:1", "-c isdn:1: there is no kind of line \"isdn:\"; write 1-4, exchange:FOLDER/1-4 or wav:FILE"},
      {"4-1", "-c 4-1: 4-1 counts downwards; write 1-4"},
      {"exchange:/x/4-1", "-c exchange:/x/4-1: 4-1 counts downwards; write 1-4"},
      {"exchange:x", "-c exchange:x: write exchange:FOLDER/1-4"},
      {"exchange:1-4", "-c exchange:1-4: write exchange:FOLDER/1-4"},
      {"exchange:/x/", "-c exchange:/x/: \"\"" + numbers},
      {"exchange:/x/../1-x", "-c exchange:/x/../1-x: \"x\"" + numbers},
      {"exchange:", "-c exchange:: nothing stands after \"exchange:\""},
      {"wav:", "-c wav:: nothing stands after \"wav:\""},
      {"", "-c names no line; write 1-4, exchange:FOLDER/1-4 or wav:FILE"},
  };
  for (const auto& [argument, sentence] : table)
    CHECK(failure(argument) == sentence);
}

TEST_CASE("without cards there is one sentence that says what is missing and what to do") {
  if (std::filesystem::exists("/dev/dahdi/channel")) return;  // a machine with cards
  const hw::LineName channel = hw::parse_lines("1").front();
  CHECK(channel.kind->comes_and_goes);
  CHECK_THROWS_WITH_AS(
      channel.kind->open(channel.address, {}, {}),
      doctest::Contains("there is no /dev/dahdi/channel: the telephony driver, DAHDI, is not loaded; install "
                        "Debian's dahdi and dahdi-dkms"),
      base::Failure);
}
