// SPDX-License-Identifier: GPL-2.0-or-later
// Caller ID as analog lines carry it, whatever the country, with no setting: Bellcore FSK (GR-30-CORE), V.23 FSK
// (ETSI EN 300 659), Japan's (NTT), and DTMF (Denmark, the Netherlands, India, Brazil ...). All decoders listen at
// once, from the moment the line is opened, as a message may come before the first ring, after a reversal of
// polarity or a ring pulse. One owner, one thread; hear() and restart() are RT safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "src/base/short_text.hpp"

namespace modem {

// Bytes of a stranger, cut to what fits; what is no printable ASCII is left out.
struct CallerId {
  enum class Absent : std::uint8_t { no, by_caller, unavailable };
  base::ShortText<32> number;
  base::ShortText<64> name;
  base::ShortText<8> told_at;  // MMDDhhmm, by the network's clock
  Absent absent = Absent::no;  // why there is no number
};

class CallerIdReceiver {
 public:
  CallerIdReceiver();  // throws base::Failure when there is no memory
  ~CallerIdReceiver();
  CallerIdReceiver(const CallerIdReceiver&) = delete;
  CallerIdReceiver& operator=(const CallerIdReceiver&) = delete;

  void restart() noexcept;  // forgets what was half heard
  // True when a whole message with a good checksum has come: see last().
  bool hear(std::span<const std::int16_t> samples) noexcept;
  [[nodiscard]] const CallerId& last() const noexcept;

 private:
  struct Decoders;
  std::unique_ptr<Decoders> decoders_;
};

}  // namespace modem
