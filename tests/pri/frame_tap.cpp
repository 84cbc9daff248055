// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/pri/frame_tap.hpp"

namespace isdn {
namespace {

constexpr unsigned modulus = 128;         // Q.921 3.5.2.1
constexpr std::size_t head = 4;           // address and control of a numbered frame
constexpr std::uint8_t call_control = 0;  // SAPI
constexpr std::uint8_t command_of_network = 0x02;

bool is_call_control(Octets frame) {
  return frame.size() >= 3 && frame[0] >> 2 == call_control;
}
bool is_information(Octets frame) {
  return frame.size() >= head && (frame[2] & 1) == 0;
}
bool is_supervisory(Octets frame) {
  return frame.size() >= head && (frame[2] & 3) == 1;
}
bool is_unnumbered_information(Octets frame) {
  return (frame[2] & ~0x10U) == 0x03;
}

// The control octet of a frame without a number, its poll bit aside.
constexpr std::uint8_t sabme = 0x6f, ua = 0x63, disc = 0x43, dm = 0x0f;

// Whether `one` is at or after `other`, of numbers that are less than half the modulus apart.
bool at_or_after(unsigned one, unsigned other) {
  return (one - other) % modulus < modulus / 2;
}

Octets message_of(Octets frame) {
  if (is_information(frame)) return frame.subspan(head);
  if (is_unnumbered_information(frame)) return frame.subspan(3);
  return {};
}

}  // namespace

unsigned FrameTap::on_the_wire(const Link& link, unsigned libpris) {
  unsigned number = (libpris + link.added) % modulus;
  for (const unsigned own : link.unacknowledged)
    if (at_or_after(number, own)) number = (number + 1) % modulus;
  return number;
}

unsigned FrameTap::as_libpri_counts(Link& link, unsigned wires) {
  while (!link.unacknowledged.empty() && at_or_after(wires, link.unacknowledged.front() + 1)) {
    link.unacknowledged.pop_front();
    ++link.added;
  }
  return (wires - link.added) % modulus;
}

void FrameTap::follow(Link& link, Octets frame) {
  switch (frame[2] & ~0x10U) {
    case sabme:
    case disc:
    case dm:
      link = {};
      return;
    case ua:
      link.up = true;
      return;
    default:
      return;
  }
}

std::optional<Frame> FrameTap::frame_with(Octets message) {
  for (auto& [tei, link] : links_) {
    if (!link.up) continue;
    Frame frame = {command_of_network, tei, static_cast<std::uint8_t>(link.next << 1),
                   static_cast<std::uint8_t>(link.acknowledges << 1)};
    link.unacknowledged.push_back(link.next);
    link.next = (link.next + 1) % modulus;
    frame.insert(frame.end(), message.begin(), message.end());
    return frame;
  }
  return std::nullopt;
}

Octets FrameTap::out(std::span<std::uint8_t> frame) {
  if (!is_call_control(frame)) return {};
  Link& link = links_[frame[1]];
  follow(link, frame);
  if (is_information(frame)) {
    const unsigned number = on_the_wire(link, frame[2] >> 1);
    frame[2] = static_cast<std::uint8_t>(number << 1);
    if (at_or_after(number, link.next)) link.next = (number + 1) % modulus;
  }
  if (is_information(frame) || is_supervisory(frame)) link.acknowledges = frame[3] >> 1;
  return message_of(frame);
}

Octets FrameTap::in(std::span<std::uint8_t> frame) {
  if (!is_call_control(frame)) return {};
  Link& link = links_[frame[1]];
  follow(link, frame);
  if (is_information(frame) || is_supervisory(frame)) {
    const unsigned number = as_libpri_counts(link, frame[3] >> 1);
    frame[3] = static_cast<std::uint8_t>(number << 1 | (frame[3] & 1U));
  }
  return message_of(frame);
}

}  // namespace isdn
