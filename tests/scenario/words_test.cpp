// SPDX-License-Identifier: GPL-2.0-or-later
// What must be true of the programs' words: every program explains itself, and no program says more than its
// name and version when it is asked for that.
#include <doctest/doctest.h>

#include "tests/scenario/office.hpp"

using namespace scenario;

TEST_CASE("--help and --version of each program") {
  std::string folder = (std::filesystem::temp_directory_path() / "words.XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  for (const char* name : {"dahdi-faxrx", "dahdi-faxmail", "dahdi-faxcall"}) {
    CAPTURE(name);
    Process help({program(name), "--help"}, std::filesystem::path(folder) / (std::string(name) + "-help"));
    CHECK(help.wait() == 0);
    CHECK(help.output().find("Usage:") != std::string::npos);
    Process version({program(name), "--version"},
                    std::filesystem::path(folder) / (std::string(name) + "-version"));
    CHECK(version.wait() == 0);
    CHECK(version.output() == std::string(name) + " " PROJECT_VERSION "\n");
    Process wrong({program(name), "--no-such-option"},
                  std::filesystem::path(folder) / (std::string(name) + "-wrong"));
    CHECK(wrong.wait() == 64);
  }
  std::filesystem::remove_all(folder);
}
