// SPDX-License-Identifier: GPL-2.0-or-later
// What an exchange sends to tell who calls, made by spandsp's own senders, for tests that need to hear some; and
// messages that no exchange would send.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "src/modem/caller_id.hpp"
#include "src/modem/level.hpp"
#include "tests/unit/fast_sound.hpp"
#include "tests/unit/other_sounds.hpp"

namespace caller_id_test {

using fast_test::append;
using fast_test::Octets;
using fast_test::Samples;
using fast_test::silence;

struct Told {
  std::string number{}, name{}, told_at{};
  modem::CallerId::Absent absent = modem::CallerId::Absent::no;
  bool operator==(const Told&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Told& told) {
  return out << '"' << told.number << "\" \"" << told.name << "\" \"" << told.told_at << "\" absent "
             << static_cast<int>(told.absent);
}

inline Told told_in(const modem::CallerId& caller) {
  return {std::string(caller.number.view()), std::string(caller.name.view()),
          std::string(caller.told_at.view()), caller.absent};
}

// All that was told while this was heard.
inline std::vector<Told> heard_in(modem::CallerIdReceiver& receiver, const Samples& sound) {
  std::vector<Told> all;
  fast_test::in_blocks(sound, [&](std::span<const std::int16_t> block) {
    if (receiver.hear(block)) all.push_back(told_in(receiver.last()));
  });
  return all;
}

inline std::vector<Told> heard(const Samples& sound) {
  modem::CallerIdReceiver receiver;
  return heard_in(receiver, sound);
}

inline Octets octets_of(std::string_view text) {
  return {text.begin(), text.end()};
}

inline Octets field(std::uint8_t type, std::string_view body) {
  Octets octets(2 + body.size());
  octets[0] = type;
  octets[1] = static_cast<std::uint8_t>(body.size());
  std::copy(body.begin(), body.end(), octets.begin() + 2);
  return octets;
}

inline Octets message(std::uint8_t type, const std::vector<Octets>& fields) {
  Octets octets = {type, 0};
  for (const Octets& one : fields)
    octets.insert(octets.end(), one.begin(), one.end());
  octets[1] = static_cast<std::uint8_t>(octets.size() - 2);
  return octets;
}

inline Octets mdmf(const std::vector<Octets>& fields) {
  return message(0x80, fields);
}
inline Octets sdmf(std::string_view text) {
  return message(0x04, {octets_of(text)});
}
// Each DLE doubled.
inline Octets japanese(const std::vector<Octets>& fields) {
  Octets stuffed;
  for (const std::uint8_t octet : message(0x40, fields)) {
    stuffed.push_back(octet);
    if (octet == 0x10) stuffed.push_back(octet);
  }
  return stuffed;
}

// Of its first 50 ms, and so of a digit, too.
inline Samples at_level(Samples sound, float dbm0) {
  const float now = modem::level_dbm0(std::span(sound).first(400));
  const double factor = std::pow(10, (dbm0 - now) / 20);
  for (std::int16_t& sample : sound)
    sample = sound_test::clipped(sample * factor);
  return sound;
}

// And 100 ms of silence. A check sum, or what a standard has instead, is spandsp's.
inline Samples message_sound(int standard, const Octets& message, float dbm0) {
  const std::unique_ptr<adsi_tx_state_t, decltype(&adsi_tx_free)> sender(adsi_tx_init(nullptr, standard),
                                                                         &adsi_tx_free);
  adsi_tx_put_message(sender.get(), message.data(), static_cast<int>(message.size()));
  Samples sound;
  std::int16_t some[160];
  for (int made = adsi_tx(sender.get(), some, 160); made > 0; made = adsi_tx(sender.get(), some, 160))
    sound.insert(sound.end(), some, some + made);
  sound = at_level(std::move(sound), dbm0);
  append(sound, silence(800));
  return sound;
}

// With a check sum.
inline Octets framed(Octets octets) {
  std::uint8_t sum = 0;
  for (const std::uint8_t octet : octets)
    sum = static_cast<std::uint8_t>(sum + octet);
  octets.push_back(static_cast<std::uint8_t>(-sum));
  return octets;
}

// With control characters, parity and check sequence.
inline Octets japanese_framed(const Octets& text) {
  Octets octets = {0x10, 0x01, 0x07, 0x10, 0x02};
  octets.insert(octets.end(), text.begin(), text.end());
  octets.insert(octets.end(), {0x10, 0x03});
  for (std::uint8_t& octet : octets)
    octet = static_cast<std::uint8_t>(octet | (__builtin_parity(octet) << 7));
  const std::uint16_t check = crc_itu16_calc(&octets[2], static_cast<int>(octets.size()) - 2, 0);
  octets.insert(octets.end(),
                {static_cast<std::uint8_t>(check & 0xFF), static_cast<std::uint8_t>(check >> 8)});
  return octets;
}

template <typename Put>
void bits_of_characters(const Octets& octets, int marks, Put&& put) {
  for (int i = 0; i < marks; ++i)
    put(1);
  for (const std::uint8_t octet : octets) {
    put(0);
    for (int bit = 0; bit < 8; ++bit)
      put(octet >> bit & 1);
    put(1);
  }
}

// These octets, whatever they are, as a Bell 202 modem sends them, and 100 ms of silence.
inline Samples hostile_sound(const Octets& octets) {
  struct Source {
    std::vector<int> bits;
    std::size_t at = 0;
  } source;
  const auto put = [&source](int bit) { source.bits.push_back(bit); };
  for (int i = 0; i < 300; ++i)
    put(i & 1);
  bits_of_characters(octets, 80, put);
  source.bits.insert(source.bits.end(), 5, 1);
  const auto get_bit = [](void* user) -> int {
    auto& from = *static_cast<Source*>(user);
    return from.at < from.bits.size() ? from.bits[from.at++] : SIG_STATUS_END_OF_DATA;
  };
  const std::unique_ptr<fsk_tx_state_t, decltype(&fsk_tx_free)> modem(
      fsk_tx_init(nullptr, &preset_fsk_specs[FSK_BELL202], get_bit, &source), &fsk_tx_free);
  Samples sound;
  std::int16_t some[160];
  for (int made = fsk_tx(modem.get(), some, 160); made > 0; made = fsk_tx(modem.get(), some, 160))
    sound.insert(sound.end(), some, some + made);
  append(sound, silence(800));
  return sound;
}

// A message with a good check, of any octets.
inline Octets any_message(std::minstd_rand& random) {
  const auto octet = [&random] { return static_cast<std::uint8_t>(random() >> 8); };
  Octets body(octet());
  for (std::uint8_t& one : body)
    one = octet() % 4 == 0 ? octet() % 20 : octet();
  const std::uint8_t kind = octet();
  if (kind % 3 == 0) return japanese_framed(message(0x40, {body}));
  return framed(message(kind % 3 == 1 ? 0x80 : 0x04, {body}));
}

// 25 Hz, louder than the converter can have it.
inline Samples ring(std::size_t samples) {
  return sound_test::two_tones(25, 0, 50'000, samples);
}

}  // namespace caller_id_test
