// SPDX-License-Identifier: GPL-2.0-or-later
// One fax in the queue: the folder queue/ID/ with fax.json and fax.tif from the start, then fax.pdf,
// preview.png, message.eml, and state.json, which says how far it is. Every step commits its files first and
// state.json last, so that a restart goes on where state.json says. Owned by the Queue.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/call_id.hpp"

namespace faxmail {

inline constexpr const char* record_file = "fax.json";
inline constexpr const char* tiff_file = "fax.tif";
inline constexpr const char* pdf_file = "fax.pdf";
inline constexpr const char* preview_file = "preview.png";
inline constexpr const char* message_file = "message.eml";
inline constexpr const char* state_file = "state.json";

enum class Step {
  accepted,   // fax.json and fax.tif are here
  converted,  // fax.pdf and preview.png too, or it is known that there will be none
  ready,      // message.eml is written, the archive has its files: it may be mailed
  held        // the operator himself cannot be reached: kept, tried again once a day
};

enum class RecipientState {
  waiting,
  delivered,
  refused,  // the server's last word was no, or time is up; the operator is not told yet
  handed    // ... and a mail about it to the operator is in the queue
};

struct Recipient {
  std::string address;
  RecipientState state = RecipientState::waiting;
  std::string words;  // the server's last ones
  unsigned attempts = 0;
};

struct Job {
  base::CallId id;
  std::filesystem::path folder;
  Step step = Step::accepted;
  bool notice = false;  // a mail to the operator about another job's recipients
  bool has_pdf = false;
  std::string trouble;  // why there is no PDF
  std::string from;
  std::string subject;
  std::vector<std::string> resend_to;  // an archived fax that is mailed again, to these alone
  std::vector<Recipient> recipients;
  std::int64_t accepted_unix_ms = 0;  // when it came; give_up_after_s counts from here
  std::int64_t next_try_unix_s = 0;
  unsigned attempts = 0;
  std::optional<base::CallId> notice_id;  // the job that tells the operator; set before that job exists

  [[nodiscard]] bool has(RecipientState state) const;
  [[nodiscard]] bool settled() const;  // every recipient delivered or handed to the operator
};

// Throws base::Failure or std::system_error when the folder is no job.
Job load_job(const std::filesystem::path& folder, const base::CallId& id);
// Writes state.json into `folder` (durable); job.folder when none is named.
void save_job(const Job& job);
void save_job(const Job& job, const std::filesystem::path& folder);

std::int64_t now_unix_ms();

}  // namespace faxmail
