// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/call_id.hpp"

#include <doctest/doctest.h>

#include <set>

using base::CallId;

TEST_CASE("a call's id is written as 32 digits and read back") {
  CallId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i)
    id.bytes[i] = static_cast<std::uint8_t>(i * 17);
  CHECK(id.text() == "00112233445566778899aabbccddeeff");
  CHECK(CallId::parse("00112233445566778899aabbccddeeff") == id);
  CHECK(CallId::parse("00112233445566778899aabbccddeefe") != id);
}

TEST_CASE("what is not exactly 32 lower-case digits is no id") {
  const std::string good = "00112233445566778899aabbccddeeff";
  for (const std::string& wrong :
       {std::string(), good.substr(1), good + "0", good + ".tif", "A" + good.substr(1), "g" + good.substr(1),
        "/" + good.substr(1), "-" + good.substr(1), " " + good.substr(1), std::string(32, '\0'), good + '\0',
        "0x" + good.substr(2), "../" + good.substr(3), "\xC3\xA4" + good.substr(2)})
    CHECK_MESSAGE(!CallId::parse(wrong), wrong);
}

TEST_CASE("no two calls get the same id, and every bit of it varies") {
  std::set<CallId> ids;
  std::array<std::uint8_t, 16> ever_set{};
  std::array<std::uint8_t, 16> always_set{};
  always_set.fill(0xFF);
  for (int i = 0; i < 1000; ++i) {
    const CallId id = CallId::random();
    CHECK(ids.insert(id).second);
    CHECK(CallId::parse(id.text()) == id);
    for (std::size_t b = 0; b < id.bytes.size(); ++b) {
      ever_set[b] |= id.bytes[b];
      always_set[b] &= id.bytes[b];
    }
  }
  for (std::size_t b = 0; b < ever_set.size(); ++b) {
    CHECK(ever_set[b] == 0xFF);
    CHECK(always_set[b] == 0);
  }
}
