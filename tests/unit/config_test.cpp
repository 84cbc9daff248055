// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator reads when his configuration is wrong: the whole texts.
#include "src/base/config.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "src/base/errors.hpp"
#include "tests/unit/scratch_folder.hpp"

using base::ConfigFile;
using base::ConfigTable;
using base::Mistakes;

namespace {

// Reads the settings that the tests' files have, and says what is wrong with them.
std::string mistakes_in(const std::string& text) {
  Mistakes mistakes;
  const ConfigFile file("fax.conf", text, mistakes);
  ConfigTable root = file.root();
  root.text("spool", "/var/spool/fax");
  root.number("rings", 1, 20, 2);
  root.real("level", -43, 0, -13);
  root.flag("ecm", true);
  root.choice("speed", {"fast", "slow"}, "fast");
  root.texts("lines");
  ConfigTable mail = root.table("mail");
  mail.text("server", "localhost");
  mail.number("port", 1, 65535, 25);
  mail.reject_unknown();
  for (ConfigTable& route : root.tables("route")) {
    route.texts("to");
    if (!route.has("to")) route.mistake("to", "each [[route]] says to whom: to = \"you@example.org\"");
    route.reject_unknown();
  }
  root.reject_unknown();
  return mistakes.text();
}

}  // namespace

TEST_CASE("a good file gives its values, an absent key its default") {
  Mistakes mistakes;
  const ConfigFile file("fax.conf",
                        "spool = \"/fax\"\nlevel = -20\nlines = [\"1-4\", \"7\"]\n[mail]\nport = 2525\n"
                        "[[route]]\nto = \"a@b.c\"\n[[route]]\nto = [\"d@e.f\", \"g@h.i\"]\n",
                        mistakes);
  ConfigTable root = file.root();
  CHECK(root.text("spool", "") == "/fax");
  CHECK(root.number("rings", 1, 20, 2) == 2);
  CHECK(root.real("level", -43, 0, -13) == -20);
  CHECK(root.flag("ecm", true));
  CHECK(root.choice("speed", {"fast", "slow"}, "fast") == "fast");
  CHECK(root.texts("lines") == std::vector<std::string>{"1-4", "7"});
  ConfigTable mail = root.table("mail");
  CHECK(mail.has("port"));
  CHECK_FALSE(mail.has("server"));
  CHECK(mail.number("port", 1, 65535, 25) == 2525);
  std::vector<ConfigTable> routes = root.tables("route");
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].texts("to") == std::vector<std::string>{"a@b.c"});
  CHECK(routes[1].texts("to") == std::vector<std::string>{"d@e.f", "g@h.i"});
  root.reject_unknown();
  mail.reject_unknown();
  CHECK(mistakes.text() == "");
  CHECK(mistakes.empty());
}

TEST_CASE("each mistake shows where it is and what would be right") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"rings = \"two\"",
       "fax.conf:1:9: \"rings\" is a whole number from 1 to 20\n"
       "    rings = \"two\"\n"
       "            ^"},
      {"rings = 21",
       "fax.conf:1:9: \"rings\" is a whole number from 1 to 20\n"
       "    rings = 21\n"
       "            ^"},
      {"rings = 2.0",
       "fax.conf:1:9: \"rings\" is a whole number from 1 to 20\n"
       "    rings = 2.0\n"
       "            ^"},
      {"# a comment\n\nlevel = 3",
       "fax.conf:3:9: \"level\" is a number from -43 to 0\n"
       "    level = 3\n"
       "            ^"},
      {"level = nan",
       "fax.conf:1:9: \"level\" is a number from -43 to 0\n"
       "    level = nan\n"
       "            ^"},
      {"spool = 7",
       "fax.conf:1:9: \"spool\" is a text in quotes, not a whole number\n"
       "    spool = 7\n"
       "            ^"},
      {"spool = 2026-11-23",
       "fax.conf:1:9: \"spool\" is a text in quotes, not a date or time\n"
       "    spool = 2026-11-23\n"
       "            ^"},
      {"ecm = \"yes\"",
       "fax.conf:1:7: \"ecm\" is true or false, without quotes, not a text\n"
       "    ecm = \"yes\"\n"
       "          ^"},
      {"speed = \"quick\"",
       "fax.conf:1:9: \"speed\" is one of \"fast\", \"slow\"\n"
       "    speed = \"quick\"\n"
       "            ^"},
      {"lines = [\"1\", 2]",
       "fax.conf:1:9: \"lines\" is a text in quotes, or a list of them: [\"one\", \"two\"]\n"
       "    lines = [\"1\", 2]\n"
       "            ^"},
      {"mail = \"localhost\"",
       "fax.conf:1:8: \"mail\" is a table: [mail]\n"
       "    mail = \"localhost\"\n"
       "           ^"},
      {"[mail]\nsrever = \"x\"",
       "fax.conf:2:1: there is no setting \"srever\" in [mail]; did you mean \"server\"?\n"
       "    srever = \"x\"\n"
       "    ^"},
      {"ring = 3",
       "fax.conf:1:1: there is no setting \"ring\"; did you mean \"rings\"?\n"
       "    ring = 3\n"
       "    ^"},
      {"colour = 3",
       "fax.conf:1:1: there is no setting \"colour\"\n"
       "    colour = 3\n"
       "    ^"},
      {"[[mail]]\nport = 1",
       "fax.conf:1:1: \"mail\" is a table: [mail]\n"
       "    [[mail]]\n"
       "    ^"},
      {"[route]\nto = \"x\"",
       "fax.conf:1:1: \"route\" is a list of tables, each begun by a line [[route]]\n"
       "    [route]\n"
       "    ^"},
      {"[[route]]\nto = \"a@b\"\n[[route]]\n",
       "fax.conf:3:1: each [[route]] says to whom: to = \"you@example.org\"\n"
       "    [[route]]\n"
       "    ^"},
      {"\t\trings = 0",
       "fax.conf:1:11: \"rings\" is a whole number from 1 to 20\n"
       "      rings = 0\n"
       "              ^"},
      {"spool = \"ä\"\r\nrings = 0\r\n",
       "fax.conf:2:9: \"rings\" is a whole number from 1 to 20\n"
       "    rings = 0\n"
       "            ^"},
  };
  for (const auto& [text, said] : table)
    CHECK(mistakes_in(text) == said);
}

TEST_CASE("the operator hears all his mistakes at once") {
  CHECK(mistakes_in("rings = 0\nspol = \"/x\"\n[mail]\nport = \"smtp\"\n[[route]]\nfor = 1\n") ==
        "fax.conf:1:9: \"rings\" is a whole number from 1 to 20\n"
        "    rings = 0\n"
        "            ^\n\n"
        "fax.conf:4:8: \"port\" is a whole number from 1 to 65535\n"
        "    port = \"smtp\"\n"
        "           ^\n\n"
        "fax.conf:5:1: each [[route]] says to whom: to = \"you@example.org\"\n"
        "    [[route]]\n"
        "    ^\n\n"
        "fax.conf:6:1: there is no setting \"for\" in [route]\n"
        "    for = 1\n"
        "    ^\n\n"
        "fax.conf:2:1: there is no setting \"spol\"; did you mean \"spool\"?\n"
        "    spol = \"/x\"\n"
        "    ^");
}

TEST_CASE("of syntax errors the first is told, and nothing else") {
  CHECK(mistakes_in("rings = 0\nspool = /var\nports == 4\n") ==
        "fax.conf:2:9: Error while parsing value: could not determine value type\n"
        "    spool = /var\n"
        "            ^");
  CHECK(mistakes_in("spool = \"never closed\nrings = 99\n") ==
        "fax.conf:1:22: Error while parsing string: unescaped control characters other than TAB (U+0009) are "
        "explicitly prohibited\n"
        "    spool = \"never closed\n"
        "                         ^");
  CHECK(mistakes_in("rings = 1\nrings = 2\n").starts_with("fax.conf:2:"));
}

TEST_CASE("files that no operator writes give short printable mistakes, never a crash") {
  std::string binary;
  for (int i = 0; i < 4096; ++i)
    binary += static_cast<char>(i * 7 + i / 256);
  std::string dotted = "[a";
  while (dotted.size() < (1U << 20U) - 8)
    dotted += ".a";
  const std::vector<std::pair<const char*, std::string>> table = {
      {"binary", binary},
      {"a binary value", "spool = \"\x01\x1B[31m\xFF\""},
      {"a bell and an escape in a comment", "# \a\x1B[2J\nrings = 0"},
      {"only zeros", std::string(100000, '\0')},
      {"an ELF header",
       "\x7F"
       "ELF\x02\x01\x01"},
      {"lists in lists", "rings = " + std::string(500000, '[')},
      {"tables in tables", "rings = " +
                               [] {
                                 std::string s;
                                 for (int i = 0; i < 100000; ++i)
                                   s += "{a=";
                                 return s;
                               }()},
      {"a table header a megabyte deep", dotted + "]"},
      {"a dotted key a megabyte deep", dotted.substr(1) + " = 1"},
      {"a line of a megabyte", "spool = 1 # " + std::string(1000000, 'x')},
      {"a megabyte of spaces before the mistake", std::string(1000000, ' ') + "rings = 0"},
      {"UTF-16", std::string("\xFF\xFEr\0i\0n\0g\0", 10)},
      {"no end of a long text", "spool = \"\"\"" + std::string(500000, 'y')},
      {"a huge number", "rings = 99999999999999999999999"},
      {"the least number", "rings = -9223372036854775808"},
  };
  for (const auto& row : table) {
    INFO(std::string(row.first));
    const std::string said = mistakes_in(row.second);
    CHECK(said.starts_with("fax.conf:"));
    CHECK(said.size() < 2000);
    CHECK(std::none_of(said.begin(), said.end(),
                       [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7F; }));
  }
}

TEST_CASE("a file is read up to a megabyte; a folder, a missing or a larger one says so") {
  const unit::ScratchFolder folder;
  const auto file = folder.path / "fax.conf";
  Mistakes mistakes;
  const std::string filling((1U << 20U) - 10, '\n');
  unit::put_file(file, "rings = 3\n" + filling);
  CHECK(ConfigFile(file, mistakes).root().number("rings", 1, 20, 2) == 3);
  CHECK(mistakes.empty());
  unit::put_file(file, "rings = 3\n\n" + filling);
  CHECK_THROWS_WITH_AS(ConfigFile(file, mistakes),
                       (file.string() + " is larger than the 1048576 bytes it may have").c_str(),
                       base::Failure);
  CHECK_THROWS_WITH_AS(
      ConfigFile(folder.path / "none", mistakes),
      ("cannot open " + (folder.path / "none").string() + ": No such file or directory").c_str(),
      std::system_error);
  CHECK_THROWS_WITH_AS(ConfigFile(folder.path, mistakes),
                       ("cannot read " + folder.path.string() + ": Is a directory").c_str(),
                       std::system_error);
}

TEST_CASE("the nearest word is a slip of the pen away, or there is none") {
  const std::set<std::string, std::less<>> known = {"rings", "spool", "station_id", "min_rate", "max_rate"};
  CHECK(base::nearest_word("ring", known) == "rings");
  CHECK(base::nearest_word("stationid", known) == "station_id");
  CHECK(base::nearest_word("statoin_id", known) == "station_id");
  CHECK(base::nearest_word("max-rate", known) == "max_rate");
  CHECK(base::nearest_word("colour", known) == std::nullopt);
  CHECK(base::nearest_word("", known) == std::nullopt);
  CHECK(base::nearest_word("x", {}) == std::nullopt);
}
