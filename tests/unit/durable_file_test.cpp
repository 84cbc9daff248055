// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/durable_file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <map>

#include "src/base/errors.hpp"
#include "tests/unit/scratch_folder.hpp"

using base::DurableFile;
using unit::names_in;
using unit::ScratchFolder;
using unit::text_in;
using Names = std::set<std::string>;

TEST_CASE("a file appears under its name with commit, and whole") {
  const ScratchFolder folder;
  DurableFile file(folder.path, "page.tif", 0640);
  CHECK(file.part_path() == folder.path / ".page.tif.part");
  file.write("one ");
  file.write(std::string(100000, 'x'));
  CHECK(names_in(folder.path) == Names{".page.tif.part"});
  file.commit();
  CHECK(names_in(folder.path) == Names{"page.tif"});
  CHECK(text_in(folder.path / "page.tif") == "one " + std::string(100000, 'x'));
  struct stat status {};
  REQUIRE(::stat((folder.path / "page.tif").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U & ~0640U) == 0);
}

TEST_CASE("an unfinished file leaves nothing, and what was there stays as it was") {
  const ScratchFolder folder;
  unit::put_file(folder.path / "page.tif", "the old one");
  { DurableFile(folder.path, "page.tif").write("half of the new"); }
  CHECK(names_in(folder.path) == Names{"page.tif"});
  CHECK(text_in(folder.path / "page.tif") == "the old one");
}

TEST_CASE("a process that dies while writing leaves a part, which the next one writes over") {
  const ScratchFolder folder;
  CHECK(unit::in_child([&]() -> int {
          DurableFile file(folder.path, "page.tif");
          file.write(std::string(1000, 'a'));
          ::_exit(5);
        }) == 5);
  CHECK(names_in(folder.path) == Names{".page.tif.part"});
  DurableFile file(folder.path, "page.tif");
  file.write("short");
  file.commit();
  CHECK(names_in(folder.path) == Names{"page.tif"});
  CHECK(text_in(folder.path / "page.tif") == "short");
}

TEST_CASE("a second file of the name takes the first one's place at once") {
  const ScratchFolder folder;
  for (const char* text : {"first and longer", "second"}) {
    DurableFile file(folder.path, "record.json");
    file.write(text);
    file.commit();
  }
  CHECK(text_in(folder.path / "record.json") == "second");
}

TEST_CASE("a folder that is missing or may not be written says so") {
  const ScratchFolder folder;
  CHECK_THROWS_WITH_AS(
      DurableFile(folder.path / "none", "a"),
      ("cannot create " + (folder.path / "none/.a.part").string() + ": No such file or directory").c_str(),
      std::system_error);
  std::filesystem::create_directory(folder.path / "locked");
  ::chmod((folder.path / "locked").c_str(), 0555);
  CHECK(unit::in_child([&] {
          if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;  // root may write everywhere
          try {
            DurableFile(folder.path / "locked", "a");
          } catch (const std::system_error& error) {
            return error.code().value() == EACCES ? 0 : 2;
          }
          return 3;
        }) == 0);
  CHECK(names_in(folder.path / "locked").empty());
}

TEST_CASE("a full disk is an error, and nothing stays behind") {
  const ScratchFolder folder;
  unit::put_file(folder.path / "page.tif", "the old one");
  // A limit on the size of files fails write(2) as a full disk does: a part of the bytes, then an error.
  CHECK(unit::in_child([&] {
          if (::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 1;
          const rlimit limit{4096, 4096};
          ::setrlimit(RLIMIT_FSIZE, &limit);
          try {
            DurableFile file(folder.path, "page.tif");
            file.write(std::string(10000, 'x'));
            file.commit();
          } catch (const std::system_error& error) {
            return error.code().value() == EFBIG ? 0 : 2;
          }
          return 3;
        }) == 0);
  CHECK(names_in(folder.path) == Names{"page.tif"});
  CHECK(text_in(folder.path / "page.tif") == "the old one");
}

TEST_CASE("a name that is taken by a folder cannot be committed, and the part goes") {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.path / "page.tif");
  DurableFile file(folder.path, "page.tif");
  CHECK_THROWS_AS(file.commit(), std::system_error);
  CHECK(names_in(folder.path) == Names{"page.tif"});
}

TEST_CASE("a part that is a symbolic link is not followed") {
  const ScratchFolder folder;
  unit::put_file(folder.path / "victim", "untouched");
  std::filesystem::create_symlink(folder.path / "victim", folder.path / ".a.part");
  CHECK_THROWS_AS(DurableFile(folder.path, "a"), std::system_error);
  CHECK(text_in(folder.path / "victim") == "untouched");
}

TEST_CASE("folders are made once, files renamed and removed, each durably") {
  const ScratchFolder folder;
  base::make_durable_folder(folder.path / "ready", 0770);
  base::make_durable_folder(folder.path / "ready", 0770);
  base::make_durable_folder(folder.path / "refused", 0770);
  unit::put_file(folder.path / "ready/a", "text");
  base::durable_rename(folder.path / "ready/a", folder.path / "refused/a");
  CHECK(names_in(folder.path / "ready").empty());
  CHECK(text_in(folder.path / "refused/a") == "text");
  base::durable_remove(folder.path / "refused/a");
  base::durable_remove(folder.path / "refused/a");  // gone already
  CHECK(names_in(folder.path / "refused").empty());
  CHECK_THROWS_AS(base::durable_rename(folder.path / "none", folder.path / "other"), std::system_error);
  CHECK_THROWS_AS(base::make_durable_folder(folder.path / "no/such", 0770), std::system_error);
  CHECK_THROWS_AS(base::durable_remove(folder.path / "ready"), std::system_error);
}

TEST_CASE("a file is read whole up to its limit") {
  const ScratchFolder folder;
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 200000U}) {
    const std::string text(size, 'q');
    unit::put_file(folder.path / "a", text);
    CHECK(base::read_file(folder.path / "a", size) == text);
    if (size > 0) CHECK_THROWS_AS(base::read_file(folder.path / "a", size - 1), base::Failure);
  }
  CHECK_THROWS_AS(base::read_file("/dev/zero", 100000), base::Failure);
  std::filesystem::create_symlink(folder.path / "a", folder.path / "link");
  CHECK_THROWS_AS(base::read_file(folder.path / "link", 1000000), std::system_error);
}

namespace {

// strace's lines in words, from the part's opening on: "fsync part", "fsync folder".
std::vector<std::string> steps_in(const std::string& log, const std::filesystem::path& folder) {
  std::vector<std::string> steps;
  std::map<std::string, std::string> names;  // of the descriptors
  std::ifstream stream(log);
  for (std::string line; std::getline(stream, line);) {
    const std::string call = line.substr(0, line.find('('));
    const std::string result = line.substr(line.rfind("= ") + 2);
    if (call == "openat" && line.find("/.page.tif.part\"") != std::string::npos) {
      names[result] = "part";
      steps.push_back("open part");
    } else if (call == "openat" && line.find('"' + folder.string() + '"') != std::string::npos) {
      names[result] = "folder";
      steps.push_back("open folder");
    } else if (call == "rename") {
      steps.push_back(result == "0" ? call : "rename failed");
    } else if (call.size() < line.size()) {
      const auto named = names.find(line.substr(call.size() + 1, line.find_first_of(",)") - call.size() - 1));
      if (named == names.end()) continue;
      steps.push_back(call + " " + named->second);
      if (call == "close") names.erase(named);  // the next one with this number is another
    }
  }
  return steps;
}

}  // namespace

// Run by the test below under strace, in a process of its own.
TEST_CASE("(one durable file for strace)" * doctest::skip()) {
  DurableFile file(std::getenv("STRACED_FOLDER"), "page.tif");
  file.write("the whole page");
  file.commit();
}

TEST_CASE("the disk hears write, fsync, close, rename, fsync of the folder, in this order") {
  if (std::system("command -v strace >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: no strace here");
    return;
  }
  const ScratchFolder folder;
  const std::string log = folder.path / "strace.log";
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  // A leak check cannot run under strace.
  const std::string command = fmt::format(
      "ASAN_OPTIONS=detect_leaks=0 STRACED_FOLDER={} strace -o {} -e trace=openat,write,fsync,close,rename "
      "{} --no-skip "
      "-tc='(one durable file for strace)' >/dev/null 2>&1",
      folder.path.string(), log, self);
  if (std::system(command.c_str()) != 0 && text_in(log).find("page.tif") == std::string::npos) {
    MESSAGE("skipped: strace may not trace here");
    return;
  }
  const std::vector<std::string> order = {"open part", "write part",  "fsync part",   "close part",
                                          "rename",    "open folder", "fsync folder", "close folder"};
  INFO(text_in(log));
  CHECK(steps_in(log, folder.path) == order);
}
