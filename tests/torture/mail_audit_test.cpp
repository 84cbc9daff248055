// SPDX-License-Identifier: GPL-2.0-or-later
// The audit of the torture notices what it is there for.
#include "tests/torture/mail_audit.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include "tests/unit/scratch_folder.hpp"

using namespace torture;
using namespace std::chrono_literals;

namespace {

std::string base64(const std::string& octets) {
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
  const int length = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(octets.data()),
                                       static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

struct Mailbox {
  unit::ScratchFolder folder;
  GivenFax fax = make_given_fax(folder.path, 1);
  std::vector<Strike> strikes;

  Mailbox() { std::filesystem::create_directory(folder / "mails"); }
  void put(unsigned n, const std::string& attached) const {
    unit::put_file(file(n, "eml"), "Message-ID: <1>\r\napplication/pdf\r\n" + base64(attached) + "\r\n");
  }
  [[nodiscard]] std::filesystem::path file(unsigned n, const char* kind) const {
    return folder / "mails" / fmt::format("{}-{}.{}", fax.id.text(), n, kind);
  }
  [[nodiscard]] std::string document() const { return unit::text_in(fax.tiff); }
  [[nodiscard]] std::vector<std::string> violations() const {
    return audit_mails({fax}, folder / "mails", strikes).violations;
  }
};

}  // namespace

TEST_CASE("a fax that is missing, or is not what was handed over, is noticed; and a mail of nobody's") {
  Mailbox box;
  CHECK(box.violations().at(0).find("is missing") != std::string::npos);
  box.put(1, box.document().substr(1));
  CHECK(box.violations().at(0).find("does not hold") != std::string::npos);
  box.put(1, box.document());
  CHECK(box.violations().empty());
  unit::put_file(box.folder / "mails" / "unknown-1.eml", "");
  CHECK(box.violations().size() == 1);
}

TEST_CASE(
    "a second copy is right after a strike, where it was not yet on the disk that the first was delivered") {
  Mailbox box;
  box.strikes.push_back({WallClock::now(), "faxmail"});
  box.put(1, box.document());
  box.put(2, box.document());
  unit::put_file(box.file(2, "state"), R"({"state": "waiting"})");
  CHECK(box.violations().empty());
  CHECK(audit_mails({box.fax}, box.folder / "mails", box.strikes).windows.at("faxmail") == 1);

  SUBCASE("but not when it was") {
    unit::put_file(box.file(2, "state"), R"({"state": "delivered"})");
    CHECK(box.violations().size() == 1);
  }
  SUBCASE("nor when the mail was in the queue no longer") {
    std::filesystem::remove(box.file(2, "state"));
    CHECK(box.violations().size() == 1);
  }
  SUBCASE("nor when it is another mail") {
    box.put(2, box.document() + "!");
    CHECK(box.violations().size() == 1);
  }
  SUBCASE("nor when nothing had happened") {
    box.strikes.front().when -= 1h;
    CHECK(box.violations().size() == 1);
  }
}
