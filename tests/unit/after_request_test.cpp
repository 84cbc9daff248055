// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxmail and dahdi-faxmail-after say to each other, and what somebody else may say.
#include "src/faxmail/after/request.hpp"

#include <doctest/doctest.h>

#include "src/base/errors.hpp"
#include "src/faxmail/after/after_settings.hpp"
#include "tests/unit/handoff_parts.hpp"

using faxmail::AfterOutcome;
using faxmail::AfterRequest;
using handoff_parts::Connection;

TEST_CASE("a request arrives with its files and its record as they were, and a result with its words") {
  const unit::ScratchFolder folder;
  unit::put_file(folder / "pdf", "%PDF");
  unit::put_file(folder / "tif", "II*");
  Connection connection;
  AfterRequest request;
  request.name = "030_1_2026-12-01_05.00.00_0123abcd";
  request.record_json = "{\n \"version\": 1\n}\n";
  for (const char* ending : {"pdf", "tif"})
    request.files.push_back({ending, handoff_parts::reading(folder / ending)});
  faxmail::send_request(connection.giver.get(), request);
  const auto got = faxmail::receive_request(connection.taker.get());
  REQUIRE(got);
  CHECK(got->name == request.name);
  CHECK(got->record_json == request.record_json);
  REQUIRE(got->files.size() == 2);
  char octet = 0;
  CHECK(::pread(got->files[0].fd.get(), &octet, 1, 0) == 1);
  CHECK(octet == '%');
  CHECK(got->files[1].ending == "tif");

  faxmail::send_result(connection.taker.get(), {AfterOutcome::failed, "failed with code 3: \x1b[31mred\xff"});
  const auto result = faxmail::receive_result(connection.giver.get());
  REQUIRE(result);
  CHECK(result->outcome == AfterOutcome::failed);
  CHECK(result->words.find("failed with code 3: ?[31mred") == 0);
  connection.giver.reset();
  CHECK_FALSE(faxmail::receive_request(connection.taker.get()));
}

TEST_CASE("a request that is none is refused by name") {
  struct Row {
    const char* why;
    std::string packet;
    std::size_t files;
  };
  const std::string good = R"({"version":1,"name":"a","files":["tif"]})";
  const char* not_right = "the request's first line is not what it should be";
  const char* no_name = "the request's name is none for a file";
  const std::vector<Row> rows = {
      {"the request has no second line", good, 1},
      {not_right, "{{\n{}", 1},
      {not_right, "[]\n{}", 1},
      {not_right,
       R"({"version":1,"files":["tif"]})"
       "\n{}",
       1},
      {not_right,
       R"({"version":1,"name":7,"files":["tif"]})"
       "\n{}",
       1},
      {not_right,
       R"({"version":1,"name":"a","files":[7]})"
       "\n{}",
       1},
      {"the request is of a version unknown here",
       R"({"version":2,"name":"a","files":["tif"]})"
       "\n{}",
       1},
      {no_name,
       R"({"version":1,"name":"","files":["tif"]})"
       "\n{}",
       1},
      {no_name,
       R"({"version":1,"name":"../a","files":["tif"]})"
       "\n{}",
       1},
      {no_name,
       R"({"version":1,"name":".a","files":["tif"]})"
       "\n{}",
       1},
      {no_name,
       R"({"version":1,"name":"a/b","files":["tif"]})"
       "\n{}",
       1},
      {no_name,
       R"({"version":1,"name":"a b;$id","files":["tif"]})"
       "\n{}",
       1},
      {no_name, R"({"version":1,"name":")" + std::string(201, 'a') + "\",\"files\":[\"tif\"]}\n{}", 1},
      {"the request's files are neither a TIFF nor a PDF and a TIFF",
       R"({"version":1,"name":"a","files":["sh"]})"
       "\n{}",
       1},
      {"the request's files are neither a TIFF nor a PDF and a TIFF",
       R"({"version":1,"name":"a","files":[]})"
       "\n{}",
       0},
      {"the request has 0 files", good + "\n{}", 0},
      {"the request has 2 files", good + "\n{}", 2},
      {"the packet is too long", good + "\n{}", 8},
      {"the packet is too long", good + "\n" + std::string(300'000, ' '), 1},
  };
  const std::size_t fds_before = handoff_parts::open_fds();
  {
    Connection connection;
    const int large = 1 << 20;
    ::setsockopt(connection.giver.get(), SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
    for (const Row& row : rows) {
      CAPTURE(row.packet.substr(0, 80));
      handoff_parts::send_raw(connection.giver.get(), row.packet, std::vector<int>(row.files, STDIN_FILENO));
      CHECK_THROWS_WITH_AS((void)faxmail::receive_request(connection.taker.get()), row.why, base::Failure);
    }
    for (const char* odd : {"", "{", "[]", R"({"version":1})", R"({"version":1,"outcome":"no","words":""})",
                            R"({"version":2,"outcome":"done","words":""})"}) {
      if (*odd == '\0') continue;
      handoff_parts::send_raw(connection.giver.get(), odd, {});
      CHECK_THROWS_AS((void)faxmail::receive_result(connection.taker.get()), base::Failure);
    }
  }
  CHECK(handoff_parts::open_fds() == fds_before);
}

TEST_CASE("only a file that nobody else may write says which program is run") {
  const unit::ScratchFolder folder;
  const auto file = folder / "conf";
  const auto written = [&](const std::string& text, unsigned mode) {
    unit::put_file(file, text);
    std::filesystem::permissions(file, std::filesystem::perms(mode));
    return file;
  };
  const std::string good =
      "[mail]\nthis = \"is not ours\"\n[after]\nprogram = [\"/bin/true\", \"-x\"]\nlimit_s = 5\n";
  const faxmail::After after = faxmail::after_of_trusted_file(written(good, 0644));
  CHECK(after.program == std::vector<std::string>{"/bin/true", "-x"});
  CHECK(after.limit_s == 5);
  for (const unsigned mode : {0664U, 0646U, 0666U})
    CHECK_THROWS_AS(faxmail::after_of_trusted_file(written(good, mode)), base::Failure);
  for (const char* bad : {"", "[after]\n", "[after]\nprogram = \"true\"\n", "[after]\nprogram = 7\n",
                          "[after]\nprogram = \"/bin/true\"\nlimit_s = 0\n",
                          "[after]\nprogram = \"/bin/true\"\nsocket = \"here\"\n", "[after\n"})
    CHECK_THROWS_AS(faxmail::after_of_trusted_file(written(bad, 0644)), base::Failure);
  CHECK_THROWS_AS(faxmail::after_of_trusted_file(folder / "none"), std::system_error);
  if (::geteuid() != 0) return;
  REQUIRE(::chown(written(good, 0644).c_str(), 65534, 65534) == 0);
  CHECK_THROWS_AS(faxmail::after_of_trusted_file(file), base::Failure);
}
