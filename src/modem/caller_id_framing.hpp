// SPDX-License-Identifier: GPL-2.0-or-later
// From the bits of an FSK modem, or the digits of a DTMF receiver, to the caller ID in them: Bellcore's and ETSI's
// messages (GR-30-CORE, EN 300 659), Japan's (NTT), and the forms that DTMF takes. For caller_id.cpp. RT safe.
//
// The framing is our own. spandsp's (adsi_rx, 0.0.6) takes one message of noise in 256 for a good one, as an error in a
// character's framing does not end a message there, and it cannot read a Japanese message with the octet DLE in it.
#pragma once

#include <array>
#include <cstdint>

#include "src/modem/caller_id.hpp"

namespace modem {

// The characters of an FSK modem, and the messages that they make.
class FskFraming {
 public:
  // True when a message has become whole and good, and says anything of a caller: see caller().
  bool take_bit(int bit) noexcept;
  void carrier_changed() noexcept;             // up or down: nothing goes on
  void forget() noexcept { inside_ = false; }  // the rest of the message that is being heard
  [[nodiscard]] const CallerId& caller() const noexcept { return caller_; }

 private:
  static constexpr std::size_t longest_message = 258;  // type, length, up to 255 octets, check sum
  using Message = std::array<std::uint8_t, longest_message>;

  void take_idle_bit(int bit) noexcept;
  bool take_octet() noexcept;
  bool take_plain() noexcept;
  bool take_japanese() noexcept;
  void take_japanese_text(std::uint8_t octet) noexcept;

  CallerId caller_;
  int bits_ = 0;  // of this character, with its start bit; 0: between characters
  int marks_ = 0;
  std::uint8_t octet_ = 0;
  bool inside_ = false;  // a message
  Message octets_{};
  std::size_t size_ = 0;
  // Of a Japanese message: type, length, fields.
  Message text_{};
  std::size_t text_size_ = 0;
  std::size_t whole_size_ = 0;  // with the check sequence; 0: not known yet
  bool escaped_ = false;
};

class DtmfFraming {
 public:
  bool take_digit(char digit) noexcept;     // as take_bit()
  void pass(std::size_t samples) noexcept;  // digits too far apart are not of one message
  void forget() noexcept { size_ = 0; }
  [[nodiscard]] const CallerId& caller() const noexcept { return caller_; }

 private:
  CallerId caller_;
  std::array<char, 80> digits_{};
  std::size_t size_ = 0;
  std::size_t samples_since_a_digit_ = 0;
};

}  // namespace modem
