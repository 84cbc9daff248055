// SPDX-License-Identifier: GPL-2.0-or-later
// The control socket against clients that mean harm or just do not know better, and what status makes of a line
// process that does.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "src/base/child.hpp"
#include "src/base/control_server.hpp"
#include "src/base/errors.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/unix_address.hpp"
#include "src/faxrx/control_answers.hpp"
#include "src/faxrx/control_report.hpp"
#include "src/faxrx/line_view.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// A control server in a process of its own, which answers each request with "heard N", N its length.
class Service {
 public:
  explicit Service(base::ControlLimits limits = {}) : folder_(new_folder()) {
    pid_ = base::fork_child([this, limits] {
      base::EventLoop loop;
      const base::ControlServer server(
          loop, socket(),
          [](std::string_view request, const base::ControlPeer&) {
            return "heard " + std::to_string(request.size());
          },
          limits);
      return loop.run();
    });
    for (int i = 0; i < 500 && !fs::exists(socket()); ++i)
      std::this_thread::sleep_for(10ms);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    fs::remove_all(folder_);
  }
  [[nodiscard]] fs::path socket() const { return folder_ / "control.sock"; }

 private:
  static fs::path new_folder() {
    std::string name = (fs::temp_directory_path() / "control.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }
  fs::path folder_;
  pid_t pid_ = -1;
};

class Client {
 public:
  explicit Client(const Service& service) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    const sockaddr_un address = base::unix_address(service.socket());
    REQUIRE(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  void say(const std::string& text) const { ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
  // All that is answered until the server hangs up, or for so long.
  [[nodiscard]] std::string hear(std::chrono::milliseconds limit = 300ms) {
    std::string text;
    std::array<char, 4096> bytes;
    pollfd fd{fd_.get(), POLLIN, 0};
    while (::poll(&fd, 1, static_cast<int>(limit.count())) == 1) {
      const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
      hung_up_ = got <= 0;
      if (hung_up_) break;
      text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  [[nodiscard]] bool was_hung_up() const { return hung_up_; }

 private:
  base::UniqueFd fd_;
  bool hung_up_ = false;
};

bool is_served(const Service& service) {
  Client client(service);
  client.say("hello\n");
  return client.hear(2000ms) == "heard 5\n";
}

std::string answer_to(std::string_view request) {
  base::EventLoop loop;
  const base::UniqueFd no_lock;
  faxrx::Spans no_spans(loop);
  faxrx::ServedLines no_lines(loop, no_lock, no_spans, [](faxrx::LineKeeper&, faxrx::LineNews) {});
  return faxrx::control_answer(request, {}, {}, no_lines);
}

}  // namespace

TEST_CASE("a client says lines and hears a line for each, however they are cut") {
  const Service service;
  Client client(service);
  client.say("abc\nde");
  CHECK(client.hear() == "heard 3\n");
  client.say("f\n\n");
  CHECK(client.hear() == "heard 3\nheard 0\n");
}

TEST_CASE("what a client sends that means harm: it is told or let go, and the next one is served") {
  const Service service(
      {.longest_request = 100, .most_requests = 4, .most_clients = 3, .longest_connection = 400ms});
  struct Row {
    const char* what;
    std::string said, heard;
  };
  const std::string too_long = "{\"error\":\"the request is too long\"}\n";
  const Row table[] = {
      {"nothing at all, for ever", "", ""},
      {"half a line, for ever", "{\"command\":", ""},
      {"a line without an end", std::string(100, 'a'), too_long},
      {"a huge one", std::string(1 << 20, 'a'), too_long},
      {"a line that is too long", std::string(100, 'a') + "\n", too_long},
      {"a good line, then a huge one", "a\n" + std::string(500, 'b'), "heard 1\n" + too_long},
      {"too many lines", "\n\n\n\n\n\n",
       "heard 0\nheard 0\nheard 0\nheard 0\n{\"error\":\"too many requests on one connection; connect "
       "again\"}\n"},
      {"zeros", std::string(40, '\0') + "\n", "heard 40\n"},
  };
  for (const Row& row : table) {
    INFO(row.what);
    Client client(service);
    client.say(row.said);
    CHECK(client.hear(2000ms) == row.heard);
    CHECK(client.was_hung_up());
    CHECK(is_served(service));
  }
}

TEST_CASE(
    "so many clients are served at once and no more; the next one is told, and served when others are gone") {
  const Service service({.most_clients = 3, .longest_connection = 500ms});
  Client one(service), two(service), three(service), four(service);
  CHECK(four.hear(200ms) == "{\"error\":\"too many programs are connected; try again\"}\n");
  three.say("x\n");
  CHECK(three.hear(200ms) == "heard 1\n");
  CHECK(one.hear(2000ms).empty());  // its time is over
  CHECK(is_served(service));
}

TEST_CASE("a client that never reads its answers is let go, and holds up nobody") {
  const Service service({.most_requests = 1'000'000});
  Client deaf(service);
  std::thread talks([&deaf] {
    for (int i = 0; i < 3000; ++i)
      deaf.say(std::string(200, '\n'));
  });
  CHECK(is_served(service));
  talks.join();
  CHECK(is_served(service));
}

TEST_CASE("the socket is its group's and nobody else's; one that was left is replaced, one in use is not") {
  const Service service;
  struct stat status {};
  REQUIRE(::stat(service.socket().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0660U);
  base::EventLoop loop;
  const auto serve_at = [&loop](const fs::path& path) { base::ControlServer(loop, path, {}); };
  CHECK_THROWS_WITH_AS(serve_at(service.socket()),
                       doctest::Contains("another program serves the control socket"), base::Failure);
  CHECK_THROWS_AS(serve_at("/tmp/" + std::string(200, 'x')), base::Failure);
  CHECK_THROWS_AS(serve_at("/no/such/folder/x.sock"), std::system_error);

  const fs::path left = service.socket().parent_path() / "left.sock";
  const sockaddr_un address = base::unix_address(left);
  {
    const base::UniqueFd crashed(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::bind(crashed.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  serve_at(left);
  CHECK_FALSE(fs::exists(left));  // it was served for a moment, and its socket went with it
}

TEST_CASE(
    "a user who is none of the group's is told so, whatever the socket's mode; one of the group is served") {
  if (::geteuid() != 0) return;  // only root can be somebody else
  const Service service;
  fs::permissions(service.socket().parent_path(), fs::perms::group_exec | fs::perms::others_exec,
                  fs::perm_options::add);
  fs::permissions(service.socket(), fs::perms::all);
  const auto heard_by = [&service](gid_t group, const std::vector<gid_t>& more_groups) {
    const std::string hello = service.socket().parent_path() / "heard";
    const pid_t pid = base::fork_child([&] {
      const base::UniqueFd file(::open(hello.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
      if (::setgroups(more_groups.size(), more_groups.data()) != 0 || ::setgid(group) != 0 ||
          ::setuid(65534) != 0)
        return 1;
      Client client(service);
      client.say("hello\n");
      const std::string text = client.hear();
      return ::write(file.get(), text.data(), text.size()) < 0 ? 1 : 0;
    });
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(status == 0);
    std::ifstream file(hello);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  CHECK(heard_by(65534, {}).find("only root, the user of the service and members") != std::string::npos);
  CHECK(heard_by(65534, {::getegid()}) == "heard 5\n");
  CHECK(heard_by(::getegid(), {}) == "heard 5\n");
  std::vector<gid_t> many(200);
  std::iota(many.begin(), many.end(), 1000U);
  CHECK(heard_by(65534, many).find("only root") != std::string::npos);
  many.push_back(::getegid());
  CHECK(heard_by(65534, many) == "heard 5\n");
}

TEST_CASE("a request that is wrong is answered with what would be right, and nothing is done") {
  const std::pair<std::string, const char*> table[] = {
      {"", "a request is a JSON object on one line"},
      {"status", "a request is a JSON object on one line"},
      {"{\"command\":\"status\"", "a request is a JSON object on one line"},
      {"[\"status\"]", "a request is a JSON object on one line"},
      {std::string(4000, '['), "a request is a JSON object on one line"},
      {"{\"command\":\"status\"}\xff", "a request is a JSON object on one line"},
      {"{}", "\\\"command\\\" is missing"},
      {R"({"command":7})", "\\\"command\\\" is missing"},
      {R"({"command":"reboot\u001b[2J"})", "there is no command \\\"reboot?[2J\\\""},
      {R"({"command":"status","lines":["1"]})", "\\\"status\\\" has no \\\"lines\\\""},
      {R"({"command":"status","from":-1})", "\\\"from\\\" is a whole number"},
      {R"({"command":"block"})", "\\\"lines\\\" is missing"},
      {R"({"command":"block","lines":"1"})", "\\\"lines\\\" is a list of"},
      {R"({"command":"block","lines":[]})", "\\\"lines\\\" is a list of"},
      {R"({"command":"block","lines":[1]})", "\\\"lines\\\" is a list of"},
      {R"({"command":"block","lines":["1",null]})", "\\\"lines\\\" is a list of"},
      {R"({"command":"block","lines":["1"],"force":true})", "\\\"block\\\" has no \\\"force\\\""},
      {R"({"command":"block","lines":["4-1"]})", "4-1 counts downwards"},
      {R"({"command":"hangup","lines":["1"]})", "line 1 is not served here"},
  };
  for (const auto& row : table) {
    INFO(row.first);
    const std::string answer = answer_to(row.first);
    CHECK(answer.starts_with("{\"error\":\""));
    CHECK_MESSAGE(answer.find(row.second) != std::string::npos, answer);
    CHECK(answer.find('\n') == std::string::npos);
  }
  CHECK(answer_to(R"({"command":"status","from":18446744073709551615})").find("\"lines\":[]") !=
        std::string::npos);
}

TEST_CASE("whatever a broken line process shows of itself, status says printable words and bounded numbers") {
  faxrx::LineView view;
  view.line = "7";
  view.process = faxrx::LineProcess::open;
  for (int byte = 0; byte < 256; ++byte) {
    view.shown.emplace();
    std::memset(static_cast<void*>(&*view.shown), byte, sizeof *view.shown);
    const std::string text = faxrx::to_json(view).dump();  // throws for text that is not UTF-8
    CHECK(text.size() < 1000);
    view.shown->state = faxrx::LineState::receiving;
    const nlohmann::ordered_json call = faxrx::to_json(view)["call"];
    CHECK(call["seconds"] <= 30 * 24 * 3600);
    for (const char* field : {"caller", "name", "called", "station_id", "modem"})
      for (const char c : call[field].get<std::string>())
        CHECK(static_cast<unsigned char>(c) >= 0x20);
  }
}

TEST_CASE("a line's state is one word, and what matters most comes first") {
  using faxrx::LineProcess;
  faxrx::LineView view;
  CHECK(faxrx::state_of(view) == std::string("starting"));
  view.process = LineProcess::cannot_open;
  CHECK(faxrx::state_of(view) == std::string("cannot_open"));
  view.process = LineProcess::open;
  view.shown.emplace();
  CHECK(faxrx::state_of(view) == std::string("not_answering"));
  view.shown->accepting = 1;
  CHECK(faxrx::state_of(view) == std::string("ready"));
  view.blocked = true;
  CHECK(faxrx::state_of(view) == std::string("blocked"));
  view.shown->trouble = 1;
  CHECK(faxrx::state_of(view) == std::string("no_line"));
  view.shown->state = faxrx::LineState::receiving;
  CHECK(faxrx::state_of(view) == std::string("receiving"));  // a call goes on although the line is blocked
}

TEST_CASE("status as a table: who calls, the page, the speed, how long; and each reason once") {
  const auto answer = nlohmann::ordered_json::parse(R"({"service":{"stopping":true},"lines":[
    {"line":"1","state":"receiving","blocked":true,"ends_when_idle":false,"calls":4,"call":{"caller":"0301234",
     "name":"","called":"030987654","station_id":"","rings":1,"pages":2,"modem":"V.17","rate_bps":14400,
     "ecm":true,"seconds":83}},
    {"line":"2","state":"cannot_open","why":"there is no card","blocked":false,"ends_when_idle":false},
    {"line":"3","state":"cannot_open","why":"there is no card","blocked":false,"ends_when_idle":false},
    {"line":"4","state":"ringing","call":{"caller":"","rate_bps":0,"seconds":2}}, 7, {}]})");
  CHECK(faxrx::status_table(answer) ==
        "LINE  STATE               CALLER   CALLED     PAGE  SPEED           TIME\n"
        "1     receiving, blocked  0301234  030987654  3     V.17 14400 ECM  1:23\n"
        "2     cannot be opened\n"
        "3     cannot be opened\n"
        "4     ringing             unknown                                   0:02\n"
        "\n\n"
        "\n2, 3 cannot be opened: there is no card\n"
        "\nthe service is stopping: no new calls are taken\n");
}
