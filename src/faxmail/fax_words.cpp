// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/fax_words.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/local_time.hpp"

namespace faxmail {
namespace {

constexpr std::size_t most_troubles = 25;  // pages told of one by one

std::string counted(std::uint64_t number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

std::string caller(const handoff::FaxRecord& fax) {
  const std::string number = base::printable(fax.caller_number), name = base::printable(fax.caller_name),
                    station = base::printable(fax.station_id);
  std::string who = number.empty()                     ? "A number that was not sent"
                    : fax.number_screening == "failed" ? number + " (which the network found to be wrong)"
                                                       : number;
  if (!name.empty()) who += fmt::format(", \"{}\"", name);
  who += station.empty() ? ". The machine did not say who it is."
                         : fmt::format(". The machine calls itself \"{}\".", station);
  return who;
}

std::string reason_of_redirection(const std::string& reason) {
  if (reason == "busy") return " (which was busy)";
  if (reason == "no_reply") return " (which did not answer)";
  if (reason == "out_of_order") return " (which is out of order)";
  return "";
}

std::string called(const handoff::FaxRecord& fax) {
  std::string where = fax.called.empty() ? "A called number that is unknown" : base::printable(fax.called);
  if (!fax.redirecting_number.empty())
    where += fmt::format(", passed on from {}{}", base::printable(fax.redirecting_number),
                         reason_of_redirection(fax.redirecting_reason));
  if (!fax.line.empty()) where += fmt::format(", on line {}", base::printable(fax.line));
  if (!fax.sub_address.empty()) where += fmt::format(", sub-address {}", base::printable(fax.sub_address));
  return where + ".";
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(std::round(seconds), 0.0, 1e7));
  if (whole < 60) return counted(whole, "second");
  if (whole % 60 == 0) return counted(whole / 60, "minute");
  return counted(whole / 60, "minute") + " " + counted(whole % 60, "second");
}

std::string when(const handoff::FaxRecord& fax) {
  return fmt::format("{}; the call took {}.", local_time(fax.started_unix_s, "%A, %-d %B %Y, %H:%M:%S %Z"),
                     duration(fax.duration_s));
}

std::string pages(const handoff::FaxRecord& fax) {
  const auto cut_off =
      std::count_if(fax.pages.begin(), fax.pages.end(), [](const auto& page) { return !page.complete; });
  std::string text = fax.pages.empty() ? "No page" : counted(fax.pages.size(), "page");
  if (cut_off > 0) text += fmt::format(", {} of them cut off", cut_off);
  return text + (fax.complete ? "." : "; the caller may have wanted to send more.");
}

std::string line(const handoff::FaxRecord& fax) {
  if (fax.modem.empty()) return "The two machines came to no agreement on a speed.";
  return fmt::format("{}, {} bit/s, {} error correction (ECM){}{}.", base::printable(fax.modem), fax.rate_bps,
                     fax.ecm ? "with" : "without", fax.coding.empty() ? "" : ", coded as ",
                     base::printable(fax.coding));
}

std::string quality(const handoff::FaxRecord& fax) {
  const auto add = [](std::uint64_t sum, const auto& page) { return sum + page.bad_rows; };
  const auto bad = std::accumulate(fax.pages.begin(), fax.pages.end(), std::uint64_t{0}, add);
  if (fax.pages.empty()) return "Nothing was received.";
  if (bad > 0) return fmt::format("{} arrived badly.", counted(bad, "row"));
  // Only ECM proves that (a check sum over each frame); without it a wrong row can look right.
  if (!fax.ecm) return "Good: no damaged row was found.";
  const bool whole = fax.complete && std::all_of(fax.pages.begin(), fax.pages.end(),
                                                 [](const auto& page) { return page.complete; });
  return whole ? "Perfect: every row arrived as it was sent." : "Every row that arrived is as it was sent.";
}

void add_page_troubles(const handoff::PageRecord& page, std::vector<std::string>& troubles) {
  if (!page.complete)
    troubles.push_back(fmt::format("Page {} is cut off: {} arrived, its upper part.", page.number,
                                   counted(page.rows, "row")));
  if (page.bad_rows > 0)
    troubles.push_back(fmt::format("Page {}: {} of {} arrived badly, at most {} together.", page.number,
                                   page.bad_rows, counted(page.rows, "row"), page.longest_bad_run));
}

std::vector<std::string> troubles(const handoff::FaxRecord& fax) {
  std::vector<std::string> all;
  const std::string sentence = base::printable(fax.sentence, 256);
  if (!fax.complete)
    all.push_back("This fax is incomplete: " + (sentence.empty() ? "the call ended too early" : sentence));
  for (const handoff::PageRecord& page : fax.pages)
    add_page_troubles(page, all);
  if (all.size() > most_troubles) {
    const std::size_t more = all.size() - most_troubles;
    all.resize(most_troubles);
    all.push_back(fmt::format("{} of this kind on other pages.", counted(more, "more trouble")));
  }
  for (std::string& text : all)
    if (text.back() != '.') text += '.';
  return all;
}

}  // namespace

FaxWords words_about(const handoff::FaxRecord& fax) {
  FaxWords words;
  words.headline = fmt::format("{} has come in.", fax.complete ? "A fax" : "An incomplete fax");
  words.facts = {{"From", caller(fax)}, {"To", called(fax)},    {"Received", when(fax)},
                 {"Pages", pages(fax)}, {"Sent by", line(fax)}, {"Quality", quality(fax)}};
  words.troubles = troubles(fax);
  return words;
}

}  // namespace faxmail
