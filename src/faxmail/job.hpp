// SPDX-License-Identifier: GPL-2.0-or-later
// One mail in the queue: a folder queue/ID.STATE/ as dahdi-faxmail-queue(5) has it, with fax.json and fax.tif from the
// start, then fax.pdf, preview.png, message.eml, and state.json, which says how far it is. Every step commits its
// files first and state.json last, so that a restart goes on where state.json says; the folder's name repeats it
// for whoever looks with ls. Owned by the Queue.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/call_id.hpp"
#include "src/faxmail/page_range.hpp"

namespace faxmail {

inline constexpr const char* record_file = "fax.json";
inline constexpr const char* tiff_file = "fax.tif";
inline constexpr const char* pdf_file = "fax.pdf";
inline constexpr const char* preview_file = "preview.png";
inline constexpr const char* message_file = "message.eml";
inline constexpr const char* state_file = "state.json";

enum class Kind {
  fax,      // carries a fax to its recipients
  part,     // some pages of one that was too big for a server
  pointer,  // tells the recipients of one that cannot be mailed at all where it is kept
  notice    // to the operator, about another mail; a fax is attached where there is fax.tif
};

enum class Step {
  accepted,   // fax.json and fax.tif are here
  converted,  // fax.pdf and preview.png too, or it is known that there will be none
  ready       // message.eml is written, the archive has its files: it may be mailed
};

enum class Hold {
  none,
  by_operator,    // nothing is done with it until he releases it
  undeliverable,  // nobody takes it, not even the operator: tried again once a day
  too_big         // its pages fit no mail: everybody is told where it is, and the operator decides
};

enum class RecipientState {
  waiting,
  delivered,
  refused,   // the server's last word was no, or time is up; the operator is not told yet
  handed,    // ... and a mail about it to the operator is in the queue
  too_big,   // the server takes no mail of this size
  in_parts,  // ... and mails with some pages each are in the queue
};

struct Recipient {
  std::string address;
  RecipientState state = RecipientState::waiting;
  std::string words;  // the server's last ones
  unsigned attempts = 0;
  std::int64_t next_try_unix_s = 0;  // while waiting, and while refused in a mail that is undeliverable
};

struct Part {
  base::CallId id;  // of its mail
  PageRange pages;
};

struct Job {
  base::CallId id;
  std::filesystem::path folder;
  Kind kind = Kind::fax;
  Step step = Step::accepted;
  Hold hold = Hold::none;
  bool has_pdf = false;
  std::string trouble;  // why there is no PDF
  std::string from;
  std::string subject;
  std::string server;  // the [[server]] that it is mailed through; empty: [smtp]
  std::string note;    // sentences that stand in this mail, and in its parts, above what is known of the fax
  std::vector<std::string> resend_to;  // an archived fax that is mailed again, to these alone
  std::vector<Recipient> recipients;
  std::int64_t accepted_unix_ms = 0;      // when it came
  std::int64_t tried_since_unix_ms = 0;   // give_up_after_s counts from here
  PageRange pages;                        // of a part
  std::string part;                       // "part 2 of 3"
  std::optional<base::CallId> notice_id;  // the mail that tells the operator; set before that mail exists
  std::optional<base::CallId> pointer_id;
  std::vector<Part> parts;  // likewise; their PDFs are part-1.pdf ... in this folder
  bool told_too_big = false;

  // Not on the disk: trouble of this machine's own makes it wait so long.
  std::int64_t not_before_unix_s = 0;

  [[nodiscard]] bool has(RecipientState state) const;
  [[nodiscard]] bool settled() const;  // it is done: nobody waits, and nobody must be told
};

// The word in the folder's name: accepted, waiting, held, undeliverable, too-big.
const char* state_word(const Job& job);

// Throws base::Failure or std::system_error when the folder is no job.
Job load_job(const std::filesystem::path& folder, const base::CallId& id);
// Writes state.json into `folder` (durable); job.folder when none is named.
void save_job(const Job& job);
void save_job(const Job& job, const std::filesystem::path& folder);

// As in state.json; for those who show a job.
const char* word(Kind kind);
const char* word(RecipientState state);

std::int64_t now_unix_ms();

}  // namespace faxmail
