// SPDX-License-Identifier: GPL-2.0-or-later
// The scripted caller itself, tried against spandsp's T.30 engine: an ear that is none of ours.
#include <doctest/doctest.h>

#include "src/base/errors.hpp"
#include "tests/calls/scripted_caller.hpp"

using namespace calls;

namespace {

std::string ended_with(const std::string& text, std::string* transcript = nullptr) {
  const Story story = parse_story("call", "# a call\n" + text);
  const auto called = spandsp_called_side();
  ScriptedCaller caller(story, *called);
  try {
    caller.run();
  } catch (const base::Failure& failure) {
    if (transcript != nullptr) *transcript = caller.transcript();
    return failure.what();
  }
  return "all came true";
}

}  // namespace

TEST_CASE(
    "spandsp's own receiver takes the scripted caller's pages, with every modem, with and without ECM") {
  for (const char* how : {"v27ter/2400", "v27ter/4800", "v29/7200", "v29/9600", "v17/7200", "v17/9600",
                          "v17/12000", "v17/14400", "v29/9600 mr", "v17/14400 mr"}) {
    CAPTURE(how);
    std::string transcript;
    CHECK_MESSAGE(
        ended_with(
            "page one rows=60\nhear DIS\nagree DCS " + std::string(how) +
                "\nimage one\nsend MPS\nhear MCF\nimage one\nsend EOP\nhear MCF\nsend DCN\nhear hang-up\n",
            &transcript) == "all came true",
        transcript);
  }
  for (const char* how : {"v29/9600 ecm", "v17/14400 ecm mmr", "v17/14400 ecm mr", "v27ter/4800 ecm64 mmr"}) {
    CAPTURE(how);
    std::string transcript;
    CHECK_MESSAGE(
        ended_with("page one rows=60\nhear DIS\nagree DCS " + std::string(how) +
                       "\ndeliver one; PPS-MPS\ndeliver one page=1; PPS-EOP\nsend DCN\nhear hang-up\n",
                   &transcript) == "all came true",
        transcript);
  }
}

TEST_CASE("frames that a caller leaves out are asked for by number and sent again") {
  CHECK(ended_with("page one rows=300\nhear DIS\nagree DCS v29/9600 ecm64 mmr\necm one "
                   "send=0-1,3,5-255\nsend PPS-EOP\n"
                   "hear PPR missing=2,4\necm one send=2,4\nsend PPS-EOP\nhear MCF\n") == "all came true");
}

TEST_CASE("what does not come true says the line of the story and what came instead") {
  CHECK(ended_with("hear CFR within=10s\n") == "call:2: heard DIS instead of CFR");
  CHECK(ended_with("hear DIS\nsend DCS v29/9600\ntcf wrong=40%\nhear CFR\n") ==
        "call:5: heard FTT instead of CFR");
  CHECK(ended_with("hear nothing for=2s\nhear DIS within=1s\n") == "call:3: no DIS within 1000 ms");
  CHECK(ended_with("limit 5s\nhear DIS\nhear nothing for=200s\n") ==
        "call:4: the call lasts longer than 5 s");
  CHECK(ended_with("hear DIS\nsend DCN\nhear CFR\n") == "call:4: the called side hung up without CFR");
}
