// SPDX-License-Identifier: GPL-2.0-or-later
// A telephone line, whatever carries it: a card's channel, a line of the software exchange, a recorded call.
// This is the one interface; line_table.hpp lists the kinds. One line process owns one line, and only it
// calls these functions, from one thread. Everything marked RT safe neither allocates, locks, opens files nor
// waits.
//
// Audio: 8000 samples a second, 16-bit linear, 0 dBm0 = spandsp's scale (a sine with amplitude 32767 is +3.14
// dBm0). Time is counted in samples: each block read is 20 ms of the line's time, and exactly one block is
// written for each block read. Between calls a line may have no time at all (the exchange sends no blocks).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "src/base/short_text.hpp"

namespace hw {

inline constexpr std::uint64_t samples_per_second = 8000;
inline constexpr std::size_t samples_per_block = 160;  // 20 ms
using Block = std::array<std::int16_t, samples_per_block>;

using base::ShortText;

// Why the network does not tell the caller's number.
enum class Withheld : std::uint8_t { no, by_caller, unavailable };

// Who vouches for the caller's number (Q.931, 4.5.10).
enum class Screening : std::uint8_t { not_told, not_screened, passed, failed, network };
// Why a call that was dialled to another number came here (ETS 300 207-1).
enum class Redirection : std::uint8_t {
  none,
  unknown,
  busy,
  no_reply,
  deflected,
  unconditional,
  out_of_order
};

// What the network told of a call, as it told it: bytes of a stranger. Empty = not told.
struct CallIdentity {
  ShortText<32> called;  // the number that was dialled
  ShortText<32> caller_number;
  ShortText<64> caller_name;
  ShortText<8> told_at;       // the network's own clock: MMDDhhmm
  ShortText<32> redirecting;  // the number that was dialled first, and passes its calls on to us
  Withheld withheld = Withheld::no;
  Screening screening = Screening::not_told;
  Redirection redirection = Redirection::none;
};

// What went wrong on the line's side of a call: each of these costs a fax samples, and is no caller's fault.
struct LineFaults {
  std::uint32_t read_overruns = 0;    // heard, and thrown away by the driver because nobody read it in time
  std::uint32_t write_underruns = 0;  // silence said because nothing was written in time
  std::uint32_t timing_slips = 0;     // of the span: its clock is not the network's
  std::uint32_t irq_misses = 0;       // of the card
};

enum class LineEvent : std::uint8_t {
  none,          // nothing more now
  ring_begins,   // the bell; the identity may already be known
  ring_ends,     // one whole ring is over; rings are counted by these
  caller_gone,   // gave up before the answer, or hung up after it
  line_trouble,  // the line cannot be used (unplugged, span down, card gone)
  line_good,     // ... and is usable again
  no_more_calls  // a recorded call is over and no other will come
};

class Line {
 public:
  virtual ~Line() = default;

  // To poll for input; asked for before each poll, as it may be another one in another call.
  [[nodiscard]] virtual int fd() const noexcept = 0;
  // How long to sleep for input at most, in ms, before calling next_event() again all the same; −1 = for
  // ever.
  [[nodiscard]] virtual int poll_timeout_ms() const noexcept { return -1; }

  // All RT safe:
  virtual LineEvent next_event() noexcept = 0;   // drain until none
  virtual bool read(Block& heard) noexcept = 0;  // false: no block now
  virtual void write(const Block& said) noexcept = 0;
  virtual void answer() noexcept = 0;  // also where nobody rings: takes the line (a card's)
  virtual void hang_up() noexcept = 0;
  // Whether a call may come now; when not, the caller hears busy where the line can say so, else endless
  // ringing.
  virtual void accept_calls(bool may_come) noexcept = 0;
  // Whether it is for want of room that none may come: told before accept_calls(false). A network that can, sends
  // the caller elsewhere then.
  virtual void lacks_room(bool) noexcept {}
  // Whether hang_up() sends a caller away who was not answered yet; else he rings until he gives up.
  [[nodiscard]] virtual bool can_refuse() const noexcept { return false; }
  // Who calls; complete when the line is answered, kept until the next ring_begins.
  [[nodiscard]] virtual const CallIdentity& identity() const noexcept = 0;
  // False while more of it may come: callers are not answered before. A line says true by time at the latest.
  [[nodiscard]] virtual bool identity_is_complete() const noexcept { return true; }
  // False where the line's time stops while nobody reads (exchange, recording): waiting is then free.
  [[nodiscard]] virtual bool runs_in_real_time() const noexcept = 0;
  // How long the line stays unusable after a hang-up, in its samples.
  [[nodiscard]] virtual std::uint64_t guard_samples() const noexcept = 0;
  // How long the bell rang in the ring that ended last, in ms; 0 = this kind of line does not know.
  [[nodiscard]] virtual std::uint32_t ring_ms() const noexcept { return 0; }
  // Of the call that just ended. Not RT safe; asked once after hang_up().
  [[nodiscard]] virtual LineFaults faults() noexcept { return {}; }
  // What this line has to say to the operator about the call that just ended (a recording that went another
  // way); empty = nothing. Not RT safe; asked once after hang_up().
  [[nodiscard]] virtual std::string_view remark() noexcept { return {}; }
};

}  // namespace hw
