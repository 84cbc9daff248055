// SPDX-License-Identifier: GPL-2.0-or-later
// The receiving side of ITU-T T.30: 20 ms of the line in, 20 ms of answer out, pages to a PageSink, verdicts
// back. One object a line, for call after call; owned and called by the line process alone.
//
// In this version it drives spandsp's T.30 engine, takes the rows of each page from its decoder by callback
// and codes them as MMR (T.6) for the sink. That engine answers a page as soon as its rows are decoded: the
// sink's verdict is kept with the page, but cannot hold back MCF. It also allocates memory during a call. No
// file is touched.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "src/base/short_text.hpp"

namespace t30 {

enum class Modem : std::uint8_t { none, v27ter, v29, v17 };
enum class Coding : std::uint8_t { mh, mr, mmr };  // T.4 one- and two-dimensional, T.6
// good, poor, bad: the page is on disk and this is how it looks. not_stored: it is not on disk.
enum class Verdict : std::uint8_t { none, good, poor, bad, not_stored };

[[nodiscard]] const char* name_of(Modem modem) noexcept;    // "V.17"; "" for none
[[nodiscard]] const char* name_of(Coding coding) noexcept;  // "MMR"
[[nodiscard]] const char* name_of(Verdict verdict) noexcept;

struct PageFormat {
  std::uint32_t width_pels;
  std::uint16_t x_dpi, y_dpi;  // RFC 3949, 3.4.1: 204 × 98, 196, 391; 300 × 300; 408 × 391
  Coding coding;               // of the bytes that follow
};

struct PageEnd {
  std::uint32_t rows;  // as the receiver counted them
  std::uint32_t bad_rows;
  std::uint32_t longest_bad_run;
  std::uint8_t
      complete;  // 0: the call was cut, these are its rows so far; 1: whole. No bool: it goes through a ring
  Verdict seen;  // how the receiver itself judged it
};

// What DCS agreed on (T.30, 5.3.6.2.3).
struct Session {
  Modem modem = Modem::none;
  std::uint16_t rate_bps = 0;
  std::uint8_t ecm = 0;        // 0 or 1; no bool, since it goes through a ring
  Coding coding = Coding::mh;  // on the line
  std::uint16_t width_pels = 0, x_dpi = 0, y_dpi = 0;
  base::ShortText<20> station_id;   // TSI, 5.3.6.2.6
  base::ShortText<20> sub_address;  // SUB, 5.3.6.1.4
};

enum class Outcome : std::uint8_t {
  none,       // the call goes on
  completed,  // the caller said EOP, or hung up after the last page was answered
  caller_hung_up,
  no_fax,  // nobody spoke T.30
  failed,  // T.30 could not agree or lost the other side
  slower_than_allowed
};

// Where pages and news go. All RT safe; false = no room now, to be tried again with the next block.
class PageSink {
 public:
  virtual ~PageSink() = default;
  virtual bool begin_page(const PageFormat& format) noexcept = 0;
  virtual std::size_t page_bytes(std::span<const std::uint8_t> bytes) noexcept = 0;  // how many were taken
  virtual bool end_page(const PageEnd& end) noexcept = 0;
  virtual void cng_heard() noexcept = 0;
  virtual void session_agreed(const Session& session) noexcept = 0;
  // A T.30 frame, from its facsimile control field on (5.3.6.1), as heard or said.
  virtual void frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept = 0;
};

struct Settings {
  std::string station_id;         // CSI: at most 20 of T.30's digits, +, space; others become spaces
  unsigned max_rate_bps = 14400;  // 14400, 9600 or 4800: what DIS can say by naming modems
  unsigned min_rate_bps = 2400;   // a caller below is told DCN
  bool ecm = true;
};

class Receiver {
 public:
  explicit Receiver(PageSink& sink);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // The line was answered: CED and DIS follow. Ends what was before.
  void start(const Settings& settings);
  // 20 ms. `said` is silence when there is nothing to say. RT safe but for the engine's own allocations.
  void block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) noexcept;
  // The caller hung up, or the call is being ended for another reason: what there is of a page is sent to the
  // sink.
  void line_dropped() noexcept;
  // A finished page was judged.
  void verdict(Verdict verdict) noexcept;
  // A page was handed to the sink and has no verdict yet.
  [[nodiscard]] bool awaits_verdict() const noexcept;
  // Bytes of a page still wait for room in the sink: go on calling pump() after the call, too.
  [[nodiscard]] bool has_unsent_bytes() const noexcept;
  void pump() noexcept;
  [[nodiscard]] Outcome outcome() const noexcept;  // none: the call goes on

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace t30
