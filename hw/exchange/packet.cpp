// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/exchange/packet.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "src/modem/g711.hpp"

namespace hw::exchange {
namespace {

static_assert(std::endian::native == std::endian::little,
              "packets are little-endian and sent as they lie in memory");

template <typename Whole>
bool fill(const Packet& packet, Whole& whole) noexcept {
  if (packet.size != sizeof whole) return false;
  std::memcpy(&whole, packet.bytes.data(), sizeof whole);
  return true;
}

template <typename Whole>
bool send_whole(int socket, const Whole& whole, int flags) noexcept {
  return ::send(socket, &whole, sizeof whole, flags | MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof whole);
}

bool all_zero(const std::array<std::uint8_t, 3>& reserved) noexcept {
  return (reserved[0] | reserved[1] | reserved[2]) == 0;
}

// A text ends with a zero, and behind its first zero there is nothing else.
template <std::size_t size>
bool is_text(const std::array<char, size>& field) noexcept {
  const auto end = std::find(field.begin(), field.end(), '\0');
  return end != field.end() && std::all_of(end, field.end(), [](char c) { return c == '\0'; });
}

bool conditions_make_sense(const Conditions& wanted) noexcept {
  return wanted.level_db100 >= lowest_level_db100 && wanted.level_db100 <= highest_level_db100 &&
         wanted.noise_dbm0_100 >= lowest_noise_dbm0_100 && wanted.noise_dbm0_100 <= 0 &&
         wanted.delay_us <= longest_delay_us && wanted.echo_delay_us <= longest_delay_us &&
         wanted.echo_db100 >= lowest_echo_db100 && wanted.echo_db100 <= 0 &&
         wanted.skew_ppm10 >= -largest_skew_ppm10 && wanted.skew_ppm10 <= largest_skew_ppm10 &&
         wanted.impulses_per_min <= most_impulses_per_min && wanted.reserved == 0;
}

std::uint8_t octet_of(Law law, std::int16_t sample) noexcept {
  return law == Law::ulaw ? modem::ulaw_of(sample) : modem::alaw_of(sample);
}

std::int16_t sample_of(Law law, std::uint8_t octet) noexcept {
  return law == Law::ulaw ? modem::sample_of_ulaw(octet) : modem::sample_of_alaw(octet);
}

}  // namespace

Received receive(int socket, Packet& packet, int flags) noexcept {
  for (;;) {
    const ssize_t size = ::recv(socket, packet.bytes.data(), packet.bytes.size(), flags);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received::nothing;
    if (size <= 0) return Received::closed;
    packet.size = static_cast<std::size_t>(size);
    return Received::packet;
  }
}

bool get_dial(const Packet& packet, Dial& dial) noexcept {
  return fill(packet, dial) && dial.type == PacketType::dial && dial.version == protocol_version &&
         dial.law <= Law::alaw && dial.reserved == 0 && is_text(dial.called) && is_text(dial.caller_number) &&
         is_text(dial.caller_name) && conditions_make_sense(dial.conditions);
}

bool is_audio(const Packet& packet, Law law) noexcept {
  const std::size_t size = law == Law::linear ? sizeof(LinearAudio) : sizeof(LawAudio);
  return packet.size == size && packet.bytes[0] == static_cast<std::uint8_t>(PacketType::audio) &&
         packet.bytes[1] == 0 && packet.bytes[2] == 0 && packet.bytes[3] == 0;
}

bool get_audio(const Packet& packet, Law law, Block& samples) noexcept {
  if (!is_audio(packet, law)) return false;
  if (law == Law::linear) {
    std::memcpy(samples.data(), packet.bytes.data() + offsetof(LinearAudio, samples), sizeof samples);
    return true;
  }
  const auto* octets = packet.bytes.data() + offsetof(LawAudio, samples);
  std::transform(octets, octets + samples.size(), samples.begin(),
                 [law](std::uint8_t octet) { return sample_of(law, octet); });
  return true;
}

bool is_signal(const Packet& packet, PacketType type) noexcept {
  Signal signal{};
  return fill(packet, signal) && signal.type == type && all_zero(signal.reserved);
}

bool send_dial(int socket, const Dial& dial) noexcept {
  return send_whole(socket, dial, 0);
}

bool send_audio(int socket, Law law, const Block& samples, int flags) noexcept {
  if (law == Law::linear) {
    LinearAudio audio{PacketType::audio, {}, {}};
    std::memcpy(audio.samples.data(), samples.data(), sizeof samples);
    return send_whole(socket, audio, flags);
  }
  LawAudio audio{PacketType::audio, {}, {}};
  std::transform(samples.begin(), samples.end(), audio.samples.begin(),
                 [law](std::int16_t sample) { return octet_of(law, sample); });
  return send_whole(socket, audio, flags);
}

bool send_signal(int socket, PacketType type, int flags) noexcept {
  return send_whole(socket, Signal{type, {}}, flags);
}

}  // namespace hw::exchange
