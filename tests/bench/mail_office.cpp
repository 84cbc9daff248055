// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/mail_office.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <fstream>
#include <list>

#include "src/base/errors.hpp"
#include "src/handoff/fax_record.hpp"
#include "src/handoff/frame.hpp"

namespace bench {
namespace fs = std::filesystem;
namespace {

constexpr auto limit = std::chrono::minutes(5);

handoff::FaxRecord record_of(const TestFax& fax) {
  handoff::FaxRecord record;
  record.id = base::CallId::random();
  record.line = "1";
  record.channel = 1;
  record.called = "0301234569";
  record.caller_number = "0307654321";
  record.started_unix_s = std::time(nullptr);
  record.duration_s = 40;
  record.modem = "V.17";
  record.rate_bps = 14400;
  record.coding = "MMR";
  record.outcome = "completed";
  record.sentence = "the caller sent everything and was told so";
  record.complete = true;
  for (unsigned page = 1; page <= fax.pages; ++page)
    record.pages.push_back({page, 1728, 1100, 204, 98, 0, 0, true, "good", false});
  return record;
}

base::UniqueFd connected_to(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw base::system_failure("cannot connect to " + path.string());
  return socket;
}

}  // namespace

ScratchFolder::ScratchFolder(const fs::path& above) {
  std::string name = (above / "faxmail-bench.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw base::system_failure("cannot make the folder " + name);
  path = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

TestFax joined(const TestFax& fax, unsigned copies, const fs::path& file) {
  std::vector<std::string> words = {"/usr/bin/tiffcp"};
  words.insert(words.end(), copies, fax.tiff.string());
  words.push_back(file.string());
  scenario::Process tiffcp(words, file.string() + ".tiffcp");
  if (tiffcp.wait() != 0) throw base::Failure("tiffcp (libtiff-tools) failed: {}", tiffcp.log());
  return {file, fax.pages * copies};
}

MailOffice::MailOffice(fs::path folder, unsigned deliveries_at_once) : folder_(std::move(folder)) {
  fs::create_directory(folder_ / "inbox");
  start_smtp();
  start_faxmail(deliveries_at_once);
}

MailOffice::~MailOffice() {
  if (faxmail_ <= 0) return;
  ::kill(faxmail_, SIGKILL);
  ::waitpid(faxmail_, nullptr, 0);
}

void MailOffice::start_smtp() {
  smtp_ = scenario::Process({SMTP_SERVER, "--dir", folder_ / "inbox"}, folder_ / "smtp");
  const std::string says = "listening on ";
  const bool listens =
      scenario::eventually([&] { return smtp_.output().find('\n') != std::string::npos || !smtp_.runs(); });
  if (!listens || smtp_.output().find(says) != 0) throw base::Failure("no SMTP server: {}", smtp_.log());
  port_ = std::to_string(std::stoul(smtp_.output().substr(says.size())));
}

void MailOffice::start_faxmail(unsigned deliveries_at_once) {
  const fs::path conf = folder_ / "dahdi-faxmail.conf", socket = folder_ / "handoff.sock";
  std::ofstream(conf) << fmt::format(
      "[mail]\noperator = \"reader@example.org\"\n[smtp]\nserver = \"127.0.0.1\"\nport = {}\nat_once = {}\n",
      port_, deliveries_at_once);
  faxmail_ = ::fork();
  if (faxmail_ < 0) throw base::system_failure("cannot fork");
  if (faxmail_ == 0) {
    const int log = ::open((folder_ / "faxmail.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDERR_FILENO);
    ::execl(FAXMAIL_PROGRAM, FAXMAIL_PROGRAM, "-C", conf.c_str(), "--spool", (folder_ / "spool").c_str(),
            "--socket", socket.c_str(), nullptr);
    ::_exit(127);
  }
  if (!scenario::eventually([&] { return fs::exists(socket); }))
    throw base::Failure("dahdi-faxmail does not start: {}", scenario::text_of(folder_ / "faxmail.log"));
  socket_ = connected_to(socket);
}

void MailOffice::hand_over(const TestFax& fax) {
  const handoff::FaxRecord record = record_of(fax);
  handoff::Frame offer;
  offer.type = handoff::FrameType::offer;
  offer.id = record.id;
  offer.text = handoff::to_json(record);
  offer.document = base::UniqueFd(::open(fax.tiff.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!offer.document || ::fstat(offer.document.get(), &status) != 0)
    throw base::system_failure("cannot open " + fax.tiff.string());
  offer.document_bytes = static_cast<std::uint64_t>(status.st_size);
  offer.sha256 = handoff::sha256_of(offer.document.get());
  handoff::send_frame(socket_.get(), offer);
  const auto answer = handoff::receive_frame(socket_.get());
  if (!answer || answer->type != handoff::FrameType::ack)
    throw base::Failure("a fax was not taken over: {}", answer ? answer->text : "the connection ended");
}

fs::path MailOffice::mail_file(unsigned number) const {
  return folder_ / "inbox" / fmt::format("{:04}.eml", number);
}

void MailOffice::await_mails(unsigned more) {
  mails_ += more;
  if (!scenario::eventually([&] { return fs::exists(mail_file(mails_)); }, limit))
    throw base::Failure("mail {} does not come: {}", mails_, scenario::text_of(folder_ / "faxmail.log"));
}

void MailOffice::run_recipes(const TestFax& fax, unsigned mails, unsigned at_once) {
  std::list<scenario::Process> running;
  for (unsigned started = 0; started < mails || !running.empty();) {
    if (started < mails && running.size() < at_once) {
      const std::string name = fmt::format("recipe-{}", ++recipes_);
      running.emplace_back(std::vector<std::string>{RECIPE, fax.tiff, folder_ / (name + ".pdf"), port_},
                           folder_ / name);
      ++started;
      continue;
    }
    if (running.front().wait(limit) != 0) throw base::Failure("the recipe failed: {}", running.front().log());
    running.pop_front();
  }
  mails_ += mails;
}

double MailOffice::stop() {
  ::kill(faxmail_, SIGTERM);
  rusage usage{};
  int status = 0;
  // Of the process itself and of all its children that it has waited for: the largest of them.
  if (::wait4(std::exchange(faxmail_, -1), &status, 0, &usage) < 0 || status != 0)
    throw base::Failure("dahdi-faxmail did not end as it should: {}",
                        scenario::text_of(folder_ / "faxmail.log"));
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace bench
