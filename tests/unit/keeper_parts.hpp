// SPDX-License-Identifier: GPL-2.0-or-later
// For stories about what becomes of a call on the page process's side of the ring: a spool, and a line that
// tells of calls as the line process would.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "src/faxrx/call_keeper.hpp"
#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/t4_coders.hpp"
#include "tests/unit/test_pages.hpp"

namespace unit {

constexpr std::uint32_t a4_pels = 1728;

struct KeeperPlace {
  KeeperPlace() {
    for (const char* folder : {"incoming", "ready", "trace", "recordings"}) {
      std::filesystem::create_directory(scratch / folder);
      std::filesystem::permissions(scratch / folder, std::filesystem::perms::all);
    }
    settings.spool = scratch.path;
    settings.least_free_mb = 1;
    served.name = hw::LineName{nullptr, "1", "exchange:/x/1", 1};
  }
  // The only name there, without its ending; fails the story when there is none or several.
  [[nodiscard]] std::string only_in(const char* folder) const {
    std::set<std::string> stems;
    for (const std::string& name : names_in(scratch / folder))
      stems.insert(std::filesystem::path(name).stem().string());
    REQUIRE(stems.size() == 1);
    return *stems.begin();
  }
  [[nodiscard]] handoff::FaxRecord record() const {
    return handoff::from_json(text_in(scratch / "ready" / (only_in("ready") + ".json")));
  }
  // The faxes' files beside the reports of calls without a page: the documents' names without their ending.
  [[nodiscard]] std::set<std::string> documents() const {
    std::set<std::string> stems;
    for (const std::string& name : names_in(scratch / "ready"))
      if (name.ends_with(".tif")) stems.insert(std::filesystem::path(name).stem().string());
    return stems;
  }
  [[nodiscard]] handoff::FaxRecord record_of(const std::string& id) const {
    return handoff::from_json(text_in(scratch / "ready" / (id + ".json")));
  }
  [[nodiscard]] std::vector<faxrx::TraceJson> trace() const {
    std::vector<faxrx::TraceJson> lines;
    const std::string text = text_in(scratch / "trace" / (only_in("trace") + ".jsonl"));
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
      lines.push_back(faxrx::TraceJson::parse(text.substr(at, text.find('\n', at) - at)));
    return lines;
  }

  ScratchFolder scratch;
  faxrx::Settings settings;
  faxrx::ServedLine served;
};

class KeeperStory {
 public:
  explicit KeeperStory(const KeeperPlace& place) : keeper(place.settings, place.served) {}

  template <typename Record>
  std::optional<t30::Verdict> tell(faxrx::RecordType type, const Record& record) {
    return keeper.take({static_cast<std::uint16_t>(type), faxrx::as_bytes(record)});
  }
  void call_begins() {
    faxrx::CallBegin begin{};
    begin.samples = answered_at;
    begin.identity.called = base::ShortText<32>("4930123469");
    begin.identity.caller_number = base::ShortText<32>("+4989555");
    tell(faxrx::RecordType::call_begin, begin);
  }
  void page_begins(const page::CodedPage& page, std::uint16_t y_dpi = 98) {
    const auto ecm = static_cast<std::uint8_t>(page.ecm ? 1 : 0);
    tell(faxrx::RecordType::page_begin, t30::PageFormat{page.width_pels, 204, y_dpi, page.coding, ecm});
    std::size_t at = 0;
    for (const std::size_t hole : page.holes) {
      bytes(std::span(page.bytes).subspan(at, hole - at));
      keeper.take({static_cast<std::uint16_t>(faxrx::RecordType::page_hole), {}});
      at = hole;
    }
    bytes(std::span(page.bytes).subspan(at));
  }
  t30::Verdict page(const page::CodedPage& page, const t30::PageEnd& end = {1, 0, 0, 200}) {
    page_begins(page);
    return tell(faxrx::RecordType::page_end, end).value();
  }
  void frame(bool said, std::vector<std::uint8_t> octets) {
    faxrx::Frame frame{
        now, static_cast<std::uint8_t>(said ? 1 : 0), static_cast<std::uint8_t>(octets.size()), {}};
    std::copy(octets.begin(), octets.end(), frame.octets.begin());
    tell(faxrx::RecordType::frame, frame);
  }
  void we_say_mcf() { frame(true, {0x8C}); }
  void we_say_rtn() { frame(true, {0x4C}); }
  void call_ends(faxrx::CallOutcome outcome = faxrx::CallOutcome::completed,
                 const hw::LineFaults& faults = {}) {
    tell(faxrx::RecordType::call_end, faxrx::CallEnd{now, outcome, faults, {}});
  }

  static constexpr std::uint64_t answered_at = 8000;  // a second after the first ring
  std::uint64_t now = answered_at + 4000;
  faxrx::CallKeeper keeper;

 private:
  void bytes(std::span<const std::uint8_t> bytes) {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), 1800)))
      keeper.take({static_cast<std::uint16_t>(faxrx::RecordType::page_bytes),
                   bytes.first(std::min<std::size_t>(bytes.size(), 1800))});
  }
};

// A letter, coded as senders code it.
inline page::CodedPage letter(unsigned seed, std::uint32_t rows = 400,
                              page::Coding coding = page::Coding::mh) {
  return coded_page(a4_pels, text_rows(a4_pels, rows, seed), coding, true);
}

// The line spoils this share of its octets, from the middle on.
inline page::CodedPage spoilt(page::CodedPage page, double share, std::uint8_t with = 0x55) {
  const std::size_t from = page.bytes.size() / 2;
  const auto count = static_cast<std::size_t>(share * static_cast<double>(page.bytes.size()));
  for (std::size_t i = from; i < from + count && i + 16 < page.bytes.size(); i += 3)
    page.bytes[i] ^= with;
  return page;
}

}  // namespace unit
