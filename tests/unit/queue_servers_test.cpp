// SPDX-License-Identifier: GPL-2.0-or-later
// Several mail servers: each route's mail goes through its own, and none waits for another's.
#include "tests/unit/queue_parts.hpp"

#include <doctest/doctest.h>

namespace {

using namespace queue_parts;

faxmail::Route through(const std::string& server, const std::string& called) {
  faxmail::Route route = route_to({"to-" + server + "@example.org"});
  route.pattern = called;
  route.server = server;
  return route;
}

faxmail::Smtp named(faxmail::Smtp smtp, const std::string& name, unsigned at_once) {
  smtp.name = name;
  smtp.at_once = at_once;
  retry_quickly(smtp);
  return smtp;
}

}  // namespace

TEST_CASE("a server that says nothing keeps its own deliveries busy, and the other one's mail goes out") {
  const ScratchFolder folder;
  SmtpServer general{folder / "general"}, clinic{folder / "clinic"}, lab{folder / "lab", {"--silent"}};
  Office office{folder, general.smtp()};
  office.settings().servers = {named(clinic.smtp(), "clinic", 1), named(lab.smtp(), "lab", 2)};
  office.settings().routes = {through("lab", "111"), through("clinic", "222"), route_to({"a@example.org"})};
  office.start();
  std::vector<base::CallId> stuck;
  for (int i = 0; i < 4; ++i)
    stuck.push_back(office.take("111"));
  const auto at_work = [&] {
    return std::count_if(stuck.begin(), stuck.end(),
                         [&](const auto& id) { return office.queue().doing(id) == Queue::Doing::mailing; });
  };
  REQUIRE(office.run_until([&] { return at_work() == 2; }));
  office.take("222");
  office.take("333");
  REQUIRE(office.run_until([&] { return office.queue().size() == 4; }));
  REQUIRE(clinic.mails() == 1);
  REQUIRE(general.mails() == 1);
  CHECK(clinic.envelope(1)["to"] == nlohmann::json{"to-clinic@example.org"});
  CHECK(general.envelope(1)["to"] == nlohmann::json{"a@example.org"});
  CHECK(at_work() == 2);
}

TEST_CASE("a mail keeps its server over a restart, and goes through the general one when that is gone") {
  const ScratchFolder folder;
  SmtpServer general{folder / "general"};
  Office office{folder, general.smtp()};
  faxmail::Smtp dead = general.smtp();
  dead.port = mail_parts::dead_port;
  office.settings().servers = {named(dead, "clinic", 1)};
  office.settings().routes = {through("clinic", "_X.")};
  office.start();
  const base::CallId id = office.take();
  REQUIRE(office.run_until([&] { return office.tries(id) >= 1; }));
  CHECK(office.job(id).server == "clinic");
  office.end();
  office.start();
  REQUIRE(office.run_until([&] { return office.tries(id) >= 2; }));
  CHECK(general.mails() == 0);
  office.end();
  office.settings().servers.clear();
  office.start();
  REQUIRE(office.run_until_empty());
  CHECK(general.mails() == 1);
}
