// SPDX-License-Identifier: GPL-2.0-or-later
// Where a password must not be: not in a log, an argument, the environment, a file or an answer, whether the server took
// it, refused it or said it back, and whatever is wrong in the configuration.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "src/faxmail/said_back.hpp"
#include "tests/mail/faxmail.hpp"
#include "tests/mail/hostile.hpp"
#include "tests/unit/scratch_folder.hpp"

using mail_tests::Faxmail;
namespace fs = std::filesystem;

namespace {

const std::string login = "fax-login", right = "Correct-Horse-Battery", wrong = "Incorrect-Donkey-Staple";

std::string base64(const std::string& text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string coded;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned three = 0;
    for (std::size_t j = i; j < i + 3; ++j)
      three = three << 8U | (j < text.size() ? static_cast<unsigned char>(text[j]) : 0U);
    for (unsigned digit = 0; digit < 4; ++digit)
      coded += i + digit <= text.size() ? digits[three >> (18 - 6 * digit) & 63U] : '=';
  }
  return coded;
}

// As it stands anywhere in a text, and anywhere in what was made base64 of such a text: there it may begin with each of
// three octets that belong together, and what stands before and behind it does not count.
std::set<std::string> forms_of(const std::string& password) {
  std::set<std::string> forms = {password};
  for (std::size_t before = 0; before < 3; ++before) {
    const std::size_t digits_before = (before * 8 + 5) / 6, whole_digits = (before + password.size()) * 8 / 6;
    forms.insert(
        base64(std::string(before, 'x') + password).substr(digits_before, whole_digits - digits_before));
  }
  return forms;
}

bool has_password(const std::string& text) {
  for (const std::string& password : {right, wrong})
    for (const std::string& form : forms_of(password))
      if (text.find(form) != std::string::npos) return true;
  return false;
}

// Reads what everybody on the machine may see of the service and its children, over and over until its end.
class Onlooker {
 public:
  explicit Onlooker(pid_t service) : thread_([this, service] { look_at(service); }) {}
  ~Onlooker() { stop(); }
  Onlooker(const Onlooker&) = delete;
  Onlooker& operator=(const Onlooker&) = delete;
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // By process. After stop().
  [[nodiscard]] const std::map<pid_t, std::string>& seen() const { return seen_; }

 private:
  void look_at(pid_t service) {
    while (!stopping_) {
      note(service);
      std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", service));
      for (pid_t child = 0; children >> child;)
        note(child);
    }
  }
  void note(pid_t pid) {
    std::string& all = seen_[pid];
    for (const char* name : {"cmdline", "environ"}) {
      std::string text;
      try {
        text = scenario::text_of(fmt::format("/proc/{}/{}", pid, name));
      } catch (const std::ios_base::failure&) {  // it ended while it was read
      }
      if (all.find(text) == std::string::npos)
        all += text;  // a child's change when it becomes another program
    }
  }

  std::map<pid_t, std::string> seen_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// All of its files: queue, archive, what it remembers.
std::string contents_of(const fs::path& folder) {
  std::string all;
  std::error_code gone;
  for (fs::recursive_directory_iterator it(folder, gone), end; !gone && it != end; it.increment(gone))
    if (it->is_regular_file(gone)) all += it->path().string() + "\n" + scenario::text_of(it->path());
  return all;
}

std::string way(const std::string& password) {
  return fmt::format("login = \"{}\"\npassword = \"{}\"\nca_file = \"{}\"\n", login, password,
                     (mail_tests::certificates() / "ca.pem").string());
}

// What its commands say.
std::string answers_of(Faxmail& faxmail, const std::string& id) {
  std::string all;
  const std::vector<std::vector<std::string>> commands = {{"queue"},
                                                          {"queue", "--json"},
                                                          {"show", id},
                                                          {"show", id, "--json"},
                                                          {"hold", id, "--json"},
                                                          {"hold", id},
                                                          {"release", id},
                                                          {"retry", id, "--json"},
                                                          {"retry", "all"},
                                                          {"-n"}};
  for (const auto& command : commands) {
    const mail_tests::Said said = faxmail.operate(command);
    all += said.out + said.log;
  }
  return all;
}

}  // namespace

TEST_CASE("the password is found wherever it stands, in the clear or in base64") {
  for (const char* before : {"", "x", "xy", "xyz"})
    for (const char* behind : {"", "x", "xy", "xyz"}) {
      CHECK(has_password(before + right + behind));
      CHECK(has_password(base64(before + wrong + behind)));
    }
  CHECK(base64("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==");
  CHECK(has_password("AUTH PLAIN " + base64(std::string("\0", 1) + login + std::string("\0", 1) + right)));
  CHECK_FALSE(has_password("Correct-Horse"));
}

TEST_CASE("what a server says back of a login is not passed on, also where its words were cut off") {
  faxmail::Smtp smtp;
  const auto left_of = [&smtp](const std::string& words) { return faxmail::without_password(words, smtp); };
  CHECK(left_of("535 no") == "535 no");
  smtp.login = login;
  smtp.password = right;
  const std::string zero(1, '\0');
  for (const std::string& said : {right, base64(right), base64(zero + login + zero + right),
                                  base64(login + zero + login + zero + right)}) {
    CHECK(left_of("535 what is " + said + "?") == "535 what is (the password)?");
    CHECK(left_of("535 " + said + " " + said) == "535 (the password) (the password)");
    CHECK(left_of("535 what is " + said.substr(0, said.size() - 3)) == "535 what is (the password)");
  }
  CHECK(left_of("550 5.1.1 no such user") == "550 5.1.1 no such user");
  smtp.password = "a";
  CHECK(left_of("535 a") == "535 (the password)");
}

TEST_CASE(
    "a password that is taken, refused or said back is in no log, argument, environment, file or answer") {
  const unit::ScratchFolder scratch;
  // The last one is slow enough for the onlooker.
  const mail_tests::HostileServer server({"ta/auth:535", "ta/auth:echo", "ta/rcpt:byte-by-byte"});
  Faxmail faxmail(scratch.path, {"reader@example.org"});
  faxmail.start();
  Onlooker onlooker(faxmail.process.pid());
  faxmail.give_a_page(1);
  const std::string id = faxmail.queued(1)[0].id;

  faxmail.open_way(server.smtp(0).port, way(wrong));
  REQUIRE(faxmail.log_says("refused the login: 535 5.7.8 wrong password"));
  std::string answers = answers_of(faxmail, id), files = contents_of(faxmail.spool());
  faxmail.open_way(server.smtp(1).port, way(wrong));
  REQUIRE(faxmail.log_says("refused the login: 535 5.7.8 what do you mean by "));
  answers += answers_of(faxmail, id);
  files += contents_of(faxmail.spool());
  const std::string good = scenario::text_of(faxmail.configuration());
  for (const char* mistake :
       {"password = \"{}\n", "password = {}\n", "pasword = \"{}\"\n", "password \"{}\"\n",
        "password = [\"{}\"]\n", "password = \"\"\"\n{}\"\"\" x\n"}) {
    unit::put_file(faxmail.configuration(), "[smtp]\n" + fmt::format(fmt::runtime(mistake), right));
    const unsigned before = scenario::times(faxmail.log(), "the configuration has mistakes");
    faxmail.process.signal(SIGHUP);
    CHECK(scenario::eventually(
        [&] { return scenario::times(faxmail.log(), "the configuration has mistakes") == before + 1; }));
    answers += answers_of(faxmail, id);
  }
  unit::put_file(faxmail.configuration(), good);
  faxmail.open_way(server.smtp(2).port, way(right));
  REQUIRE_MESSAGE(scenario::eventually([&] { return faxmail.queue_is_empty(); }), faxmail.log());
  CHECK(server.mails(2).size() == 1);
  files += contents_of(faxmail.spool()) + server.mails(2)[0];
  faxmail.stop();
  onlooker.stop();

  CHECK_FALSE(has_password(faxmail.log() + faxmail.process.output()));
  CHECK_FALSE(has_password(answers));
  CHECK_FALSE(has_password(files));
  unsigned deliveries = 0, paper_programs = 0;
  for (const auto& [pid, text] : onlooker.seen()) {
    CHECK_FALSE(has_password(text));
    const bool is_paper_program = text.find("dahdi-faxmail-paper") != std::string::npos;
    paper_programs += is_paper_program ? 1 : 0;
    deliveries += pid != faxmail.process.pid() && !is_paper_program ? 1 : 0;
    CHECK((text.empty() || text.find("PATH=") != std::string::npos));
  }
  // It was looked for in something.
  CHECK(deliveries >= 1);
  CHECK(paper_programs == 1);
  CHECK(answers.find("refused the login: 535") != std::string::npos);
  CHECK(answers.find("(not shown)") != std::string::npos);
  CHECK(files.find("refused the login: 535") != std::string::npos);
  CHECK(files.find("reader@example.org") != std::string::npos);
}
