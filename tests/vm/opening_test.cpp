// SPDX-License-Identifier: GPL-2.0-or-later
// Channels that do not open, each with the sentence that the operator reads, as the driver itself refuses them; and who
// needs what rights.
#include <doctest/doctest.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "hw/dahdi/dahdi_line.hpp"
#include "src/base/errors.hpp"
#include "tests/vm/our_side.hpp"
#include "tests/vm/questions.hpp"

using namespace vm;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr unsigned nobody = 65534;

std::string why_not(const std::string& channel) {
  try {
    const auto line = hw::open_dahdi_line(channel, {}, {});
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "";
}

bool says(const std::string& sentence, const char* words) {
  return sentence.find(words) != std::string::npos;
}

unsigned cards_group() {
  const group* dialout = ::getgrnam("dialout");
  REQUIRE(dialout != nullptr);
  return dialout->gr_gid;
}

// Whether nobody, as a member of that group alone, is told this.
bool nobody_is_told(unsigned group, const std::string& channel, const std::string& words) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const gid_t id = group;
    const bool became = ::setgroups(1, &id) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0;
    ::_exit(became && (words.empty() ? why_not(channel).empty() : says(why_not(channel), words.c_str())) ? 0
                                                                                                         : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

// The program where everybody may reach it, run as a user of the cards' group.
Words faxrx_of_group(unsigned group) {
  const fs::path copy = "/dev/shm/dahdi-faxrx";
  fs::copy_file(program("dahdi-faxrx"), copy, fs::copy_options::skip_existing);
  return {"/usr/bin/setpriv", "--reuid=" + std::to_string(nobody), "--regid=" + std::to_string(nobody),
          "--groups=" + std::to_string(group), copy};
}

}  // namespace

TEST_CASE("each way in which the driver refuses a channel is told in its own sentence") {
  CHECK(why_not("17") == "");
  CHECK(says(why_not("99"), "there is no channel 99"));
  CHECK(says(why_not("1"), "channel 1 is an FXS port"));
  {
    const OurEnd taken(17);
    CHECK(says(why_not("17"), "channel 17 is in use by another program"));
  }
  CHECK(nobody_is_told(nobody, "17", "this user may not open it"));
  CHECK(nobody_is_told(cards_group(), "17", ""));
  take_span_away(8);
  CHECK(says(why_not("29"), "there is no channel 29"));
  give_span_back_unconfigured(8);
  CHECK(says(why_not("29"), "channel 29 is not configured"));
  configure_span(8);
  CHECK(why_not("29") == "");
}

TEST_CASE(
    "a channel that is not configured at the start is served without a restart once dahdi_cfg has run") {
  CentralOffice office("16");
  take_span_away(8);
  give_span_back_unconfigured(8);
  FaxService service(office, "32");
  CHECK(service.log_says("channel 32 is not configured"));
  CHECK(state_of_line(office, "32") == "cannot_open");
  CHECK(state_of_channel(office, 32) == "not_configured");
  configure_span(8);
  CHECK(becomes(office, "32", "ready", 60s));
  CHECK(state_of_channel(office, 32) == "in_use");
}

TEST_CASE("a user in the cards' group, with no other right, serves a line; one outside it sees the list") {
  CentralOffice office("1");
  fs::permissions(office.folder(), fs::perms::all);
  FaxService service(office, "17", "", faxrx_of_group(cards_group()));
  CHECK(state_of_line(office, "17") == "ready");

  Words list = faxrx_of_group(nobody);
  list.insert(list.end(), {"--list-channels", "--json"});
  scenario::Process asked(list, office.folder() / "list");
  CHECK(asked.wait() == 0);
  const auto answer = nlohmann::json::parse(asked.output(), nullptr, false);
  REQUIRE(answer.is_object());
  CHECK(answer["asked_driver"] == false);
  CHECK(answer["channels"].size() == 32);
  CHECK(answer["channels"][16]["state"] == "in_use");
  CHECK(answer["channels"][17]["state"] == "ready");
  CHECK(answer["command"].is_string());

  FaxMachine caller(office, {pages("one")});
  CHECK(caller.wait()["exit_code"] == 0);
  const Fax fax = service.fax_on(17);
  CHECK(same_pages(fax.document, pages("one")));
  check_no_sample_lost(fax);
}
