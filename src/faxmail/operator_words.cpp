// SPDX-License-Identifier: GPL-2.0-or-later
// What the operator reads: in plain words, with what to do.
#include <algorithm>
#include <array>

#include "src/base/errors.hpp"
#include "src/faxmail/local_time.hpp"
#include "src/faxmail/operator_mail.hpp"

namespace faxmail {
namespace causes {

const Cause cut_fax = {
    "cut-fax", "A fax was cut off",
    "The call ended before the fax was complete. What arrived went to its readers, marked as incomplete, and "
    "is "
    "in the archive.",
    "If it matters, ask the sender to send it again. If it happens often on one line, or with one sender, "
    "\"dahdi-faxrx trace ID\" shows what the two machines said to each other."};

const Cause no_pdf = {"no-pdf", "A fax without a PDF",
                      "No PDF could be made of what came. Its readers get it as a TIFF file, with a word "
                      "about it; nothing is lost.",
                      "If it is one fax alone, what came was damaged or odd: see whether its TIFF file can "
                      "be read, and ask the sender "
                      "otherwise. If it is every fax, see whether Ghostscript's library (Debian: libgs9) is "
                      "as it should be, and whether "
                      "the spool's disk is full."};

const Cause failed_call = {
    "failed-call", "A call brought no fax",
    "A call was answered and no page came. Nothing was lost that anybody was told had arrived.",
    "If you know the caller, ask him to try again. \"dahdi-faxrx trace ID\" shows what the two machines said "
    "to "
    "each other. Which calls you hear of is set by report_calls in dahdi-faxmail.conf."};

const Cause disk_of_mail = {
    "disk-of-mail", "The disk for mailed faxes is nearly full",
    "When it is full, no fax is taken over: faxes then wait with dahdi-faxrx until there is room.",
    "Make room: let tiff_days and pdf_days of [archive] in dahdi-faxmail.conf be shorter, move old files out "
    "of "
    "the archive, or give the spool a larger disk."};

const Cause disk_of_receiver = {
    "disk-of-receiver", "Faxes cannot be received: the disk is full",
    "The receiver's disk has less room than least_free_mb in dahdi-faxrx.conf asks for.",
    "Make room at once. Faxes that wait in the folder ready/ there leave by themselves when dahdi-faxmail "
    "takes "
    "them; \"journalctl -u dahdi-faxrx\" says why they wait. Recordings and traces there may be removed."};

const Cause after_fax = {"after-fax", "The program after a fax failed",
                         "The program that [after] in dahdi-faxmail.conf names was run for a fax and did not "
                         "do what it should. The "
                         "fax was mailed all the same, and is in the archive.",
                         "\"journalctl -u 'dahdi-faxmail-after@*'\" has all that the program said. It is not "
                         "run again for this fax: "
                         "see that the fax gets where it should by hand."};

const Cause after_fax_waits = {
    "after-fax-waits", "The program after a fax cannot be run",
    "Faxes are mailed and filed, but the program that [after] in dahdi-faxmail.conf names cannot be run for "
    "them. They wait for it for five days each.",
    "\"systemctl enable --now dahdi-faxmail-after.socket\" starts what runs it; \"journalctl -u "
    "'dahdi-faxmail-after@*'\" says what is wrong. If you want no program any more, take it out of [after]."};

}  // namespace causes

const Cause* cause_of(const std::string& code) {
  const std::array<const Cause*, 7> all = {
      &causes::cut_fax,         &causes::no_pdf,       &causes::failed_call,     &causes::after_fax,
      &causes::after_fax_waits, &causes::disk_of_mail, &causes::disk_of_receiver};
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Cause* one) { return code == one->code; });
  return found == all.end() ? nullptr : *found;
}

std::string operator_text(const Cause& cause, const std::vector<std::string>& lines, std::uint64_t more,
                          const std::string& details, std::int64_t since_unix_s) {
  const std::size_t count = lines.size() + more;
  std::string text = fmt::format("{}\n\n", cause.what);
  if (count > 1)
    text += fmt::format(
        "This has happened {} times{}:\n\n", count,
        since_unix_s == 0 ? std::string() : local_time(since_unix_s, " since %A, %-d %B %Y, %H:%M"));
  for (const std::string& line : lines)
    text += fmt::format("  {}\n", line);
  if (more > 0) text += fmt::format("  and {} more, which the log has\n", more);
  if (!details.empty() && count == 1) text += "\n" + details;
  return text +
         fmt::format(
             "\n{}\n\nHowever often it happens, there is one mail about it at a time; the next one counts "
             "what has come since.\n",
             cause.advice);
}

}  // namespace faxmail
