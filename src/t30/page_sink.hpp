// SPDX-License-Identifier: GPL-2.0-or-later
// Where a receiver's pages and news go. Implemented by the line process over its ring, and by tests.
#pragma once

#include <cstdint>
#include <span>

#include "src/base/short_text.hpp"
#include "src/modem/fast_receiver.hpp"
#include "src/page/t4_page.hpp"

namespace t30 {

using Modem = modem::FastModem;
using page::Coding;

// What became of a page. good, poor, bad: it is on disk and this is how it looks. not_stored: it is not on
// disk. empty: it had no row, so there was nothing to store.
enum class Verdict : std::uint8_t { none, good, poor, bad, not_stored, empty };

[[nodiscard]] const char* name_of(Modem modem) noexcept;    // "V.17"; "" for none
[[nodiscard]] const char* name_of(Coding coding) noexcept;  // "MMR"
[[nodiscard]] const char* name_of(Verdict verdict) noexcept;

// These go through a ring, hence no bool in them: an octet that a hostile writer may have filled with anything.
struct PageFormat {
  std::uint32_t width_pels;
  std::uint16_t x_dpi,
      y_dpi;  // RFC 3949, 3.4.1: 204 × 98, 196, 391; 200 × 100, 200, 400; 300 × 300; 408 × 391; 400 × 400
  Coding coding;     // of the bytes that follow, as they came over the line (T.4, T.6)
  std::uint8_t ecm;  // 0 or 1
};

struct PageEnd {
  std::uint8_t complete;  // 1: a post-message command ended it; 0: the call was cut, this is its upper part
  std::uint8_t damaged;   // 1: EOR gave up octets in ECM
  std::uint16_t zero = 0;
  std::uint32_t command_after_ms;  // from the end of the image's carrier to the end of that command
};

// What DCS agreed on (T.30, 5.3.6.2.3), and who calls.
struct Session {
  Modem modem = Modem::none;
  std::uint16_t rate_bps = 0;
  std::uint8_t ecm = 0;        // 0 or 1
  Coding coding = Coding::mh;  // on the line
  std::uint16_t width_pels = 0, x_dpi = 0, y_dpi = 0;
  base::ShortText<20> station_id;   // TSI, 5.3.6.2.6
  base::ShortText<20> sub_address;  // SUB, 5.3.6.1.4
  base::ShortText<40> vendor;       // the first octets of NSF or NSS (5.3.6.2.7) in hexadecimal
};

// What is worth a line in a call's trace beside its frames. The values' meaning is in brackets.
enum class TraceKind : std::uint16_t {
  cng_heard,
  ced_begins,
  noise_floor,      // measured [dBm0 × 10]
  training,         // a fast carrier [modem, bit/s]
  trained,          // [modem, bit/s]
  training_failed,  // [modem, bit/s]
  carrier_lost,     // [level in dBm0 × 10]
  tcf,              // [octets of TCF, longest run of zeros in ms; bad share in 1/1000 in the third]
  tcf_snr,          // signal-to-noise ratio behind the equalizer [dB × 10]
  bad_frame,        // a V.21 frame with a bad check sequence
  page_begins,      // [width in pels, y dpi]
  page_sent,        // its end was handed to the disk [octets]
  block,            // an ECM block [frames wanted, frames missing]
  verdict,          // [Verdict, ms waited]
  answer_held,      // no quiet line, or no verdict yet: the answer waits [ms]
  timer,            // a timer ran out [State]
  state,            // [State]
  ring_full,        // page bytes were lost here, the page is not stored
  note              // [Note]: what was taken although it was not offered, and the like
};
struct Trace {
  TraceKind kind;
  std::int32_t first, second, third;
};

// All RT safe; false = no room now, to be tried again with the next block.
class PageSink {
 public:
  virtual ~PageSink() = default;
  virtual bool begin_page(const PageFormat& format) noexcept = 0;
  virtual std::size_t page_bytes(std::span<const std::uint8_t> bytes) noexcept = 0;  // how many were taken
  virtual bool page_hole() noexcept = 0;  // octets are missing here (ECM, after EOR or a hang-up)
  virtual bool end_page(const PageEnd& end) noexcept = 0;
  virtual void session_agreed(const Session& session) noexcept = 0;
  // A T.30 frame, from its facsimile control field on (5.3.6.1), as heard or said.
  virtual void frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept = 0;
  virtual void trace(const Trace& trace) noexcept = 0;
};

}  // namespace t30
