// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <sstream>

#include "src/faxmail/send_file.hpp"
#include "src/faxmail/settings.hpp"
#include "tests/unit/mail_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

using faxmail::Settings;

namespace {

Settings read(const std::string& text, base::Mistakes& mistakes) {
  const base::ConfigFile file("faxmail.conf", text, mistakes);
  return faxmail::read_settings(file, mistakes);
}

std::string mistakes_of(const std::string& text) {
  base::Mistakes mistakes;
  read(text, mistakes);
  return mistakes.text();
}

}  // namespace

TEST_CASE("an empty file is a good one") {
  base::Mistakes mistakes;
  const Settings settings = read("", mistakes);
  CHECK(mistakes.empty());
  CHECK(settings.operator_address == "root@localhost");
  CHECK(settings.smtp.server == "localhost");
  CHECK(settings.smtp.port == 25);
}

TEST_CASE("every setting arrives where it belongs") {
  base::Mistakes mistakes;
  const Settings settings = read(R"(
spool = "/srv/fax"
socket = "/run/fax.sock"
allowed_users = ["fax", "asterisk"]
[mail]
from = "fax@example.org"
subject = "Fax of {time} from {caller}"
company = "Example Ltd"
received_line = true
operator = "admin@example.org"
[smtp]
server = "mail.example.org"
port = 587
login = "fax"
password = "secret"
first_retry_s = 30
longest_retry_s = 600
give_up_after_s = 86400
delivery_limit_s = 120
at_once = 2
[[route]]
match = "_XXXXXXXX69"
keep_last = 10
to = ["a@example.org", "b@example.org"]
cc = "c@example.org"
from = "sales@example.org"
subject = "Sales: {caller}"
attach_tiff = true
[[route]]
match = "+493012345"
to = "d@example.org"
)",
                                 mistakes);
  CHECK(mistakes.text() == "");
  CHECK(settings.spool == "/srv/fax");
  CHECK(settings.socket == "/run/fax.sock");
  CHECK(settings.allowed_users == std::vector<std::string>{"fax", "asterisk"});
  CHECK(settings.operator_address == "admin@example.org");
  CHECK(settings.operator_configured);
  CHECK(settings.company == "Example Ltd");
  CHECK(settings.received_line);
  CHECK(settings.smtp.port == 587);
  CHECK(settings.smtp.tls == "required");  // because of the login
  CHECK(settings.smtp.longest_retry_s == 600);
  CHECK(settings.smtp.at_once == 2);
  REQUIRE(settings.routes.size() == 2);
  CHECK(settings.routes[0].keep_last == 10);
  CHECK(settings.routes[0].to.size() == 2);
  CHECK(settings.routes[0].cc == std::vector<std::string>{"c@example.org"});
  CHECK(settings.routes[0].attach_tiff);
  CHECK(settings.routes[1].pattern == "+493012345");
}

TEST_CASE("all mistakes are said at once, each where it is") {
  base::Mistakes mistakes;
  read(R"(spol = "/srv/fax"
[mail]
operator = "no spaces please@example.org"
[smtp]
server = "mail.example.org:587"
tls = "maybe"
[[route]]
match = "_X.X"
to = "a@b@c"
)",
       mistakes);
  const std::string text = mistakes.text();
  for (const char* part :
       {"faxmail.conf:1:1:", "did you mean \"spool\"?", "faxmail.conf:3:12:", "faxmail.conf:5:10:",
        "faxmail.conf:6:7:", "\"opportunistic\", \"required\", \"off\"",
        "faxmail.conf:8:9:", "faxmail.conf:9:6:"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(mistakes.count() == 6);
}

TEST_CASE("what cannot work is a mistake, with what would be right") {
  struct Row {
    const char* text;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"[smtp]\nport = 465\n", "587"},
      {"[smtp]\nlogin = \"fax\"\n", "password_file"},
      {"[smtp]\npassword = \"x\"\n", "without a login"},
      {"[smtp]\nlogin = \"fax\"\npassword = \"x\"\ntls = \"off\"\n", "in the clear"},
      {"[smtp]\nlogin = \"fax\"\npassword_file = \"/nonexistent\"\n", "/nonexistent"},
      {"[smtp]\ntls = \"required\"\nca_file = \"/nonexistent\"\n", "cannot read /nonexistent"},
      {"[smtp]\ntls = \"required\"\nca_file = \"ca.pem\"\n", "begins with /"},
      {"[smtp]\nca_file = \"/dev/null\"\n", "tls = \"required\""},
      {"[smtp]\nfirst_retry_s = 600\nlongest_retry_s = 60\n", "at least first_retry_s"},
      {"[smtp]\nserver = \"::1\"\n", "IPv6"},
      {"[[server]]\nserver = \"a.example\"\n", "has a name"},
      {"[[server]]\nname = \"clinic\"\n", "which host it is"},
      {"[[server]]\nname = \"clinic\"\nserver = \"a.example\"\nport = 465\n", "587"},
      {"[[server]]\nname = \"clinic\"\nserver = \"a.example\"\nsevrer = 1\n", "sevrer"},
      {"[[server]]\nname = \"a\"\nserver = \"a.example\"\n[[server]]\nname = \"a\"\nserver = \"b.example\"\n",
       "two [[server]]"},
      {"[[route]]\nmatch = \"_X.\"\nto = \"a@example.org\"\nserver = \"clinic\"\n", "no [[server]]"},
      {"[mail]\noperator = \"\"\n", "cannot be empty"},
      {"[mail]\nsubject = \"a\\nBcc: b\"\n", "one line"},
      {"[mail]\nsubject = \"{colour}\"\n", "{colour}"},
      {"[mail]\nreceived_line = true\n", "company"},
      {"spool = \"here\"\n", "begins with /"},
      {"[[route]]\nmatch = \"1\"\n", "at least one address"},
      {"[[route]]\nto = \"a@b\"\n", "a route says which faxes it takes"},
      {"[[route]]\nmatch = \"\"\nto = \"a@b\"\n", "the number is empty"},
      {"[[route]]\ncaller = \"_[1\"\nto = \"a@b\"\n", "'[' without its ']'"},
      {"[[route]]\nsub_address = \"2X\"\nto = \"a@b\"\n", "as a pattern it would be \"_2X\""},
      {"[[route]]\nline = \"\"\nto = \"a@b\"\n", "every text"},
      {"[[route]]\nto = \"a@b\"\n", "faxmail.conf:1:1:"},
      {"[[route]]\nmatch = \"1\"\nto = \"a@b\"\nkeep_first = 3\nkeep_last = 3\n", "keep_first or keep_last"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(mistakes_of(row.text).find(row.says) != std::string::npos);
  }
}

TEST_CASE("a password file gives its first line's words, and is not for everybody's eyes") {
  const unit::ScratchFolder folder;
  const auto file = folder / "password";
  unit::put_file(file, "s3cret\n");
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  const std::string text = "[smtp]\nlogin = \"fax\"\npassword_file = \"" + file.string() + "\"\n";
  base::Mistakes mistakes;
  CHECK(read(text, mistakes).smtp.password == "s3cret");
  CHECK(mistakes.empty());
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  CHECK(mistakes_of(text).find("chmod o-r") != std::string::npos);
}

TEST_CASE("a file's type comes from its name") {
  CHECK(faxmail::content_type_of("a.pdf") == "application/pdf");
  CHECK(faxmail::content_type_of("A.TIF") == "image/tiff");
  CHECK(faxmail::content_type_of("message.wav") == "audio/x-wav");
  CHECK(faxmail::content_type_of("nothing") == "application/octet-stream");
}

TEST_CASE("the sample file shows every setting with its default") {
  const std::string sample = mail_parts::contents(TEST_SAMPLE_CONF);
  std::string in_force;  // with every "#setting" line switched on
  std::istringstream lines(sample);
  for (std::string line; std::getline(lines, line);)
    in_force +=
        (line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z' ? line.substr(1) : line) +
        "\n";
  CHECK(mistakes_of(sample) == "");
  CHECK(mistakes_of(in_force) == "");
  base::Mistakes mistakes;
  const Settings shown = read(in_force, mistakes), defaults;
  CHECK(shown.spool == defaults.spool);
  CHECK(shown.socket == defaults.socket);
  CHECK(shown.allowed_users == defaults.allowed_users);
  CHECK(shown.operator_address == defaults.operator_address);
  CHECK(shown.subject == defaults.subject);
  CHECK(shown.from == defaults.from);
  CHECK(shown.smtp.server == defaults.smtp.server);
  CHECK(shown.smtp.port == defaults.smtp.port);
  CHECK(shown.smtp.tls == defaults.smtp.tls);
  CHECK(shown.smtp.first_retry_s == defaults.smtp.first_retry_s);
  CHECK(shown.smtp.longest_retry_s == defaults.smtp.longest_retry_s);
  CHECK(shown.smtp.give_up_after_s == defaults.smtp.give_up_after_s);
  CHECK(shown.smtp.delivery_limit_s == defaults.smtp.delivery_limit_s);
  CHECK(shown.smtp.at_once == defaults.smtp.at_once);
}

TEST_CASE("no complaint shows a password") {
  for (const char* text :
       {"[smtp]\npassword = \"s3cret\"\n", "[smtp]\nlogin = \"fax\"\npassword = \"s3cret\\t\"\n",
        "[smtp]\nlogin = \"fax\"\npassword = [\"s3cret\"]\n", "[smtp]\npassword = \"s3cret\n",
        "smtp = { port = 465, password = \"s3cret\", tls = \"of\" }\n",
        // Slips of the pen, other languages, and what TOML's parser stumbles over.
        "[smtp]\npasword = \"s3cret\"\n", "[smtp]\nPassword = \"s3cret\"\n",
        "[smtp]\npasswort = \"s3cret\"\n", "[smtp]\npsasword = \"s3cret\"\n", "[smtp]\npasswd = \"s3cret\"\n",
        "[smtp]\npwd = \"s3cret\"\n", "[smtp]\nsecret = \"s3cret\"\n", "[smtp]\nsmtp_password = \"s3cret\"\n",
        "[smtp]\npassword = s3cret\n", "[smtp]\npassword: s3cret\n", "[smtp]\npassword s3cret\n",
        "[smtp]\n\"password\" \"s3cret\"\n", "[smtp]\npassword=s3cret\n",
        "[smtp]\npassword = \"s3cret\\q\"\n", "[smtp]\npassword = \"s3cret\" x\n",
        "[smtp]\npassword = \"\"\"\ns3cret\"\"\" x\n", "[smtp]\npassword = \"\"\"s3cret\ns3cret\n",
        "[smtp]\npassword = [\n\"s3cret\n]\n", "[smtp]\npassword = '''\ns3cret''' x\n",
        "[smtp]\nlogin = \"fax\" password = \"s3cret\"\n",
        "[[server]]\nname = \"clinic\"\nserver = \"a.example\"\npassword = \"s3cret\"\n"}) {
    CAPTURE(std::string(text));
    const std::string said = mistakes_of(text);
    CAPTURE(said);
    CHECK_FALSE(said.empty());
    CHECK(said.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("several mail servers: each with settings of its own, and routes that name one") {
  base::Mistakes mistakes;
  const Settings settings = read(
      "[[route]]\nmatch = \"_1\"\nto = \"a@example.org\"\nserver = \"clinic\"\n"
      "[[route]]\nmatch = \"_2\"\nto = \"b@example.org\"\n"
      "[smtp]\nat_once = 9\n"
      "[[server]]\nname = \"clinic\"\nserver = \"mail.clinic.example\"\nport = 587\nat_once = 2\n"
      "[[server]]\nname = \"lab\"\nserver = \"mail.lab.example\"\n",
      mistakes);
  CHECK(mistakes.text().empty());
  REQUIRE(settings.servers.size() == 2);
  CHECK(settings.routes[0].server == "clinic");
  CHECK(settings.routes[1].server.empty());
  const faxmail::Smtp& clinic = server_named(settings, "clinic");
  CHECK(clinic.server == "mail.clinic.example");
  CHECK(clinic.port == 587);
  CHECK(clinic.at_once == 2);
  CHECK(server_named(settings, "lab").at_once == 4);  // not [smtp]'s
  CHECK(&server_named(settings, "") == &settings.smtp);
  CHECK(&server_named(settings, "closed last year") == &settings.smtp);
}
