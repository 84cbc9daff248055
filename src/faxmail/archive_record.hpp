// SPDX-License-Identifier: GPL-2.0-or-later
// What stands beside a fax in the archive, NAME.json, dahdi-faxmail-archive(5): the fax's record, which files were
// filed and what was in them, and who was mailed. It is how a fax is found again, and how the clean-up knows
// what is its own to remove. Written by the service alone.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "src/faxmail/job.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {

struct ArchivedFile {
  std::string ending;  // tif, pdf
  std::uint64_t bytes = 0;
  std::string sha256;  // 64 hexadecimal digits
};

struct ArchivedMail {
  base::CallId id;
  std::string subject;
  std::int64_t done_unix_s = 0;
  std::vector<Recipient> recipients;
};

struct ArchiveRecord {
  handoff::FaxRecord fax;
  std::string name;  // of its files, without their endings
  std::int64_t filed_unix_s = 0;
  std::vector<ArchivedFile> files;
  std::vector<ArchivedMail> mails;                      // that are done
  [[nodiscard]] std::int64_t last_used_unix_s() const;  // when it was filed, or its last mail was done
};

inline constexpr std::size_t largest_archive_record = 2U << 20;

[[nodiscard]] std::string to_json(const ArchiveRecord& record);
// Throws base::Failure.
[[nodiscard]] ArchiveRecord archive_record_from(const std::string& json);
[[nodiscard]] std::string hex_of(const std::array<std::uint8_t, 32>& sha256);

// The job's fax into archive/CALLED: TIFF, PDF if there is one, record. Done twice, it changes nothing. Throws.
void file_in(const std::filesystem::path& archive, const Job& job);
// Adds to the record that this mail is done. Never throws: a mail that is delivered is no worse for it.
void note_done(const std::filesystem::path& archive, const Job& job) noexcept;

}  // namespace faxmail
