// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/mail_audit.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <set>

#include "tests/scenario/process.hpp"
#include "tests/torture/mail_sink.hpp"

namespace torture {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr auto tick = 20ms;  // of the file system's clock
constexpr auto longest_in_flight = 2s;

WallClock::time_point time_of(const fs::path& file) {
  struct stat status {};
  ::stat(file.c_str(), &status);
  return WallClock::time_point(std::chrono::duration_cast<WallClock::duration>(
      std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
}

// The first strike between two copies is what kept the first from being written down; or one shortly before it, when the
// mail was with the server, which a busy machine lets store it later.
const char* struck_between(const fs::path& one, const fs::path& next, const std::vector<Strike>& strikes) {
  const char* before = nullptr;
  for (const Strike& strike : strikes) {
    if (strike.when > time_of(next) + tick) break;
    if (strike.when >= time_of(one) - tick) return strike.victim;
    if (strike.when >= time_of(one) - longest_in_flight) before = strike.victim;
  }
  return before;
}

void check_copy(const GivenFax& fax, const std::vector<fs::path>& mails, std::size_t n,
                const std::vector<Strike>& strikes, MailAudit& audit) {
  const auto wrong = [&](const char* what) {
    audit.violations.push_back(fmt::format("fax {}: its mail {} {}", fax.id.text(), n + 1, what));
  };
  if (scenario::text_of(mails[n]) != scenario::text_of(mails[0])) wrong("is another than the first");
  fs::path state = mails[n];
  const std::string said = scenario::text_of(state.replace_extension(".state"));
  if (said.empty()) wrong("was sent when it was in the queue no longer");
  if (said.find("\"delivered\"") != std::string::npos)
    wrong("was sent though it was on the disk that it had been delivered");
  const char* struck = struck_between(mails[n - 1], mails[n], strikes);
  if (struck == nullptr) return wrong("was sent though nothing had happened since the one before");
  ++audit.windows[struck];
}

void check_fax(const GivenFax& fax, const fs::path& mailbox, const std::vector<Strike>& strikes,
               MailAudit& audit) {
  const std::vector<fs::path> mails = mails_of(fax.id.text(), mailbox);
  audit.faxes += mails.empty() ? 0 : 1;
  audit.mails += static_cast<unsigned>(mails.size());
  audit.doubled += mails.size() > 1 ? 1 : 0;
  if (mails.empty())
    return audit.violations.push_back(
        fmt::format("fax {} (number {}) is missing", fax.id.text(), fax.number));
  if (!holds_file(mails[0], scenario::text_of(fax.tiff)))
    audit.violations.push_back(
        fmt::format("fax {}: its mail does not hold what was handed over", fax.id.text()));
  if (scenario::text_of(mails[0]).find("application/pdf") == std::string::npos) ++audit.without_pdf;
  for (std::size_t n = 1; n < mails.size(); ++n)
    check_copy(fax, mails, n, strikes, audit);
}

// The operator is told of a fax whose PDF child was killed.
void check_other(const fs::path& mail, MailAudit& audit) {
  if (scenario::text_of(mail).find("To: operator@example.org") != std::string::npos)
    ++audit.to_operator;
  else
    audit.violations.push_back(mail.filename().string() + " belongs to no fax");
}

}  // namespace

MailAudit audit_mails(const std::vector<GivenFax>& faxes, const fs::path& mailbox,
                      const std::vector<Strike>& strikes) {
  MailAudit audit;
  std::set<std::string> of_faxes;
  for (const GivenFax& fax : faxes) {
    check_fax(fax, mailbox, strikes, audit);
    of_faxes.insert(fax.id.text());
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(mailbox))
    if (entry.path().extension() == ".eml" &&
        of_faxes.count(entry.path().filename().string().substr(0, 32)) == 0)
      check_other(entry.path(), audit);
  return audit;
}

}  // namespace torture
