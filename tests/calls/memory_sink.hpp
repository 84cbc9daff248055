// SPDX-License-Identifier: GPL-2.0-or-later
// A receiver's pages and news in memory: decoded and judged as the page process does it, without a disk. The
// verdict comes at once or after as many blocks as a story wants.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/page/t4_page.hpp"
#include "src/t30/frame_names.hpp"
#include "src/t30/receiver.hpp"

namespace calls {

struct KeptPage {
  t30::PageFormat format;
  t30::PageEnd end;
  page::CodedPage coded;
  page::PageRows rows;
  t30::Verdict verdict;
};

struct SeenFrame {
  bool said_by_us;
  std::string name;
  std::vector<std::uint8_t> octets;  // from the facsimile control field on
};

class MemorySink : public t30::PageSink {
 public:
  bool begin_page(const t30::PageFormat& format) noexcept override {
    coming_ = {format.width_pels, format.coding, format.ecm != 0, {}, {}};
    format_ = format;
    return true;
  }
  std::size_t page_bytes(std::span<const std::uint8_t> bytes) noexcept override {
    coming_.bytes.insert(coming_.bytes.end(), bytes.begin(), bytes.end());
    return bytes.size();
  }
  bool page_hole() noexcept override {
    coming_.holes.push_back(coming_.bytes.size());
    return true;
  }
  bool end_page(const t30::PageEnd& end) noexcept override {
    KeptPage kept{format_, end, std::exchange(coming_, {}), {}, t30::Verdict::not_stored};
    kept.rows = page::decode_page(kept.coded);
    if (!disk_is_full) kept.verdict = judged(kept);
    pages.push_back(std::move(kept));
    verdict_in_blocks_ = verdict_delay_blocks;
    return true;
  }
  void session_agreed(const t30::Session& agreed) noexcept override { session = agreed; }
  void frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept override {
    const char* name = octets.empty() ? nullptr : t30::frame_name(octets[0]);
    frames.push_back({said_by_us, name != nullptr ? name : "?", {octets.begin(), octets.end()}});
  }
  void trace(const t30::Trace& line) noexcept override { traces.push_back(line); }

  // Once a block: the verdict whose time has come.
  std::optional<t30::Verdict> due_verdict() noexcept {
    if (verdict_in_blocks_ < 0 || verdict_in_blocks_-- > 0) return std::nullopt;
    return pages.back().verdict;
  }
  [[nodiscard]] unsigned said(const std::string& name) const {
    return static_cast<unsigned>(std::count_if(
        frames.begin(), frames.end(), [&](const SeenFrame& f) { return f.said_by_us && f.name == name; }));
  }

  std::vector<KeptPage> pages;
  std::vector<SeenFrame> frames;
  std::vector<t30::Trace> traces;
  t30::Session session;
  page::QualityRules rules;
  int verdict_delay_blocks = 0;  // 20 ms each
  bool disk_is_full = false;

 private:
  [[nodiscard]] t30::Verdict judged(const KeptPage& kept) const noexcept {
    const page::PageArrival arrival{kept.end.complete != 0, kept.end.command_after_ms};
    switch (page::judge(kept.rows, kept.format.ecm != 0, kept.format.y_dpi > 150, arrival, rules)) {
      case page::Quality::good:
        return t30::Verdict::good;
      case page::Quality::poor:
        return t30::Verdict::poor;
      case page::Quality::bad:
        return t30::Verdict::bad;
      case page::Quality::empty:
        break;
    }
    return t30::Verdict::empty;
  }

  page::CodedPage coming_;
  t30::PageFormat format_{};
  int verdict_in_blocks_ = -1;
};

}  // namespace calls
