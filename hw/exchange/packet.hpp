// SPDX-License-Identifier: GPL-2.0-or-later
// One packet of the exchange's protocol, in and out, for both ends. What came is hostile until one of the get
// functions has said what it is: type, length and every reserved byte are checked. Everything here is RT safe
// when the socket is not waited for (MSG_DONTWAIT).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "hw/exchange/protocol.hpp"
#include "hw/line.hpp"

namespace hw::exchange {

// What a caller may ask of the line between him and us; anything beyond is a malformed DIAL.
inline constexpr std::int16_t lowest_level_db100 = -6000;
inline constexpr std::int16_t highest_level_db100 = 2000;
inline constexpr std::int16_t lowest_noise_dbm0_100 = -9000;
inline constexpr std::int16_t lowest_echo_db100 = -6000;
inline constexpr std::uint32_t longest_delay_us = 1'000'000;
inline constexpr std::int16_t largest_skew_ppm10 = 10'000;
inline constexpr std::uint16_t most_impulses_per_min = 6000;

// Large enough that a packet which fills it is longer than any good one.
struct Packet {
  std::array<std::uint8_t, sizeof(LinearAudio) + 1> bytes;
  std::size_t size = 0;
};

enum class Received : std::uint8_t { nothing, packet, closed };

// `flags` as recv(2) has them.
Received receive(int socket, Packet& packet, int flags) noexcept;

// Each says whether the packet is a good one of that type.
bool get_dial(const Packet& packet, Dial& dial) noexcept;
bool get_audio(const Packet& packet, Law law, Block& samples) noexcept;
bool is_audio(const Packet& packet, Law law) noexcept;
bool is_signal(const Packet& packet, PacketType type) noexcept;

// False: the other end does not take it (gone, or its buffer is full).
bool send_dial(int socket, const Dial& dial) noexcept;
bool send_audio(int socket, Law law, const Block& samples, int flags) noexcept;
bool send_signal(int socket, PacketType type, int flags) noexcept;

}  // namespace hw::exchange
