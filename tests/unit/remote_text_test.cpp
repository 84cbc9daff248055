// SPDX-License-Identifier: GPL-2.0-or-later
// Texts of strangers: whatever bytes come, what goes on is printable, bounded and safe.
#include "src/base/remote_text.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>

using base::printable;
using base::safe_name;

TEST_CASE("a stranger's text becomes printable UTF-8") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"Müller & Söhne", "Müller & Söhne"},
      {"  +49 30 123  ", "+49 30 123"},
      {"", ""},
      {"    ", ""},
      {"one\r\nTo: everybody", "one??To: everybody"},
      {"\x1B[31mred\x1B[0m", "?[31mred?[0m"},
      {std::string("nul\0in it", 9), "nul?in it"},
      {"\x7F", "?"},
      {"\xC2\x85next line", "?next line"},       // a C1 control
      {"M\xFCller", "M?ller"},                   // Latin-1
      {"\xC0\x80", "??"},                        // overlong NUL
      {"\xE0\x80\xAF", "???"},                   // overlong '/'
      {"\xED\xA0\x80", "???"},                   // a surrogate
      {"\xF4\x90\x80\x80", "????"},              // beyond U+10FFFF
      {"\xF0\x9F\x93\xA0", "\xF0\x9F\x93\xA0"},  // the fax machine
      {"cut \xE2\x82", "cut ??"},
      {"cut \xF0\x9F\x93", "cut ???"},
      {"\x80\xBF", "??"},
      {"\xF8\x88\x80\x80\x80", "?????"},
  };
  for (const auto& [remote, shown] : table)
    CHECK(printable(remote) == shown);
}

TEST_CASE("a long text is cut between characters, never in one") {
  CHECK(printable("12345678", 5) == "12345");
  CHECK(printable("1234ä", 5) == "1234");
  CHECK(printable("1234ä", 6) == "1234ä");
  CHECK(printable("ab  cd", 4) == "ab");
  CHECK(printable("x", 0).empty());
}

TEST_CASE("a name for a file holds nothing that a path or a shell could read") {
  CHECK(safe_name("+49 (30) 123-469") == "+4930123469");
  CHECK(safe_name("../../etc/passwd") == "etcpasswd");
  CHECK(safe_name("") == "unknown");
  CHECK(safe_name("/..*?~$`|;\n") == "unknown");
  CHECK(safe_name("ÄÖÜ") == "unknown");
  CHECK(safe_name(std::string(1000, '7'), 8) == "77777777");
}

TEST_CASE("any bytes at all come out bounded, printable, and the same the second time") {
  std::mt19937 random(7);
  for (int trial = 0; trial < 20000; ++trial) {
    std::string remote(random() % 40, '\0');
    for (char& c : remote)
      c = static_cast<char>(random());
    const std::string shown = printable(remote, 32);
    REQUIRE(shown.size() <= 32);
    REQUIRE(printable(shown, 32) == shown);
    for (const char c : shown)
      REQUIRE_FALSE((static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F));
    const std::string name = safe_name(remote, 32);
    REQUIRE_FALSE(name.empty());
    REQUIRE(name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+") ==
            std::string::npos);
  }
}
