// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/archive_record.hpp"

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/archive.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/message.hpp"
#include "src/handoff/frame.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_mails = 1000;  // a record is for people, and has an end

const char* word_of(RecipientState state) {
  switch (state) {
    case RecipientState::delivered:
      return "delivered";
    case RecipientState::waiting:
      return "waiting";
    default:
      return "handed to the operator";
  }
}

Json json_of(const ArchivedMail& mail) {
  Json json = {{"id", mail.id.text()},
               {"subject", mail.subject},
               {"done_unix_s", mail.done_unix_s},
               {"recipients", Json::array()}};
  for (const Recipient& one : mail.recipients)
    json["recipients"].push_back(
        {{"address", one.address}, {"state", word_of(one.state)}, {"words", one.words}});
  return json;
}

ArchivedMail mail_from(const Json& json) {
  ArchivedMail mail;
  mail.id = base::CallId::parse(json.at("id").get<std::string>()).value_or(base::CallId{});
  mail.subject = json.at("subject").get<std::string>();
  mail.done_unix_s = json.at("done_unix_s").get<std::int64_t>();
  for (const Json& one : json.at("recipients")) {
    Recipient recipient;
    recipient.address = one.at("address").get<std::string>();
    recipient.words = one.at("words").get<std::string>();
    const auto state = one.at("state").get<std::string>();
    recipient.state = state == "delivered" ? RecipientState::delivered
                      : state == "waiting" ? RecipientState::waiting
                                           : RecipientState::handed;
    mail.recipients.push_back(std::move(recipient));
  }
  return mail;
}

ArchivedFile file_away_and_know(const fs::path& file, const fs::path& archive, const ArchiveRecord& record,
                                const char* ending) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  ArchivedFile filed{ending, fs::file_size(file), hex_of(handoff::sha256_of(fd.get()))};
  file_away(file, archive, record.fax.called, record.name + "." + ending);
  return filed;
}

void write(const fs::path& folder, const ArchiveRecord& record) {
  base::DurableFile file(folder, record.name + ".json");
  file.write(to_json(record));
  file.commit();
}

fs::path folder_of(const fs::path& archive, const handoff::FaxRecord& fax) {
  return archive / base::safe_name(fax.called);
}

void add_mail(const fs::path& archive, const Job& job) {
  const handoff::FaxRecord fax = record_of(job);
  const fs::path folder = folder_of(archive, fax);
  const fs::path file = folder / (file_name_of(fax) + ".json");
  if (!fs::exists(file)) return;  // moved, or removed, as anybody may
  ArchiveRecord record = archive_record_from(base::read_file(file, largest_archive_record));
  const auto same = [&](const ArchivedMail& mail) { return mail.id == job.id; };
  if (std::any_of(record.mails.begin(), record.mails.end(), same)) return;
  if (record.mails.size() >= most_mails) record.mails.erase(record.mails.begin());
  record.mails.push_back({job.id, job.subject, now_unix_ms() / 1000, job.recipients});
  write(folder, record);
}

}  // namespace

std::int64_t ArchiveRecord::last_used_unix_s() const {
  std::int64_t last = filed_unix_s;
  for (const ArchivedMail& mail : mails)
    last = std::max(last, mail.done_unix_s);
  return last;
}

std::string hex_of(const std::array<std::uint8_t, 32>& sha256) {
  std::string text;
  for (const std::uint8_t byte : sha256)
    text += fmt::format("{:02x}", byte);
  return text;
}

std::string to_json(const ArchiveRecord& record) {
  Json json = {
      {"version", 1},           {"name", record.name},    {"filed_unix_s", record.filed_unix_s},
      {"files", Json::array()}, {"mails", Json::array()}, {"fax", Json::parse(handoff::to_json(record.fax))}};
  for (const ArchivedFile& file : record.files)
    json["files"].push_back({{"ending", file.ending}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  for (const ArchivedMail& mail : record.mails)
    json["mails"].push_back(json_of(mail));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

ArchiveRecord archive_record_from(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  ArchiveRecord record;
  try {
    if (json.at("version") != 1) throw base::Failure("the archive's record is of a version unknown here");
    record.name = json.at("name").get<std::string>();
    record.filed_unix_s = json.at("filed_unix_s").get<std::int64_t>();
    if (!json.at("files").is_array() || !json.at("mails").is_array())
      throw base::Failure("the archive's record has no lists of files and mails");
    for (const Json& one : json.at("files"))
      record.files.push_back({one.at("ending").get<std::string>(), one.at("bytes").get<std::uint64_t>(),
                              one.at("sha256").get<std::string>()});
    for (const Json& one : json.at("mails"))
      record.mails.push_back(mail_from(one));
    record.fax = handoff::from_json(json.at("fax").dump());
  } catch (const nlohmann::json::exception&) {
    throw base::Failure("the archive's record does not say what dahdi-faxmail wrote there");
  }
  return record;
}

void file_in(const fs::path& archive, const Job& job) {
  ArchiveRecord record;
  record.fax = record_of(job);
  record.name = file_name_of(record.fax);
  record.filed_unix_s = now_unix_ms() / 1000;
  record.files.push_back(file_away_and_know(job.folder / tiff_file, archive, record, "tif"));
  if (job.has_pdf) record.files.push_back(file_away_and_know(job.folder / pdf_file, archive, record, "pdf"));
  write(folder_of(archive, record.fax), record);
}

void note_done(const fs::path& archive, const Job& job) noexcept {
  try {
    if (fs::exists(job.folder / record_file)) add_mail(archive, job);
  } catch (const std::exception& error) {
    base::log::warning("the archive does not say who was mailed fax {}: {}", job.id.text(), error.what());
  }
}

}  // namespace faxmail
