// SPDX-License-Identifier: GPL-2.0-or-later
// A Q.931 message as it is on the wire, as far as stories ask about it. Read from the octets and not from libpri's
// events, so that a test sees what the far end really sent, in its order. For tests alone; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isdn {

using Octets = std::span<const std::uint8_t>;

// Q.931 table 4-2, those that occur in a story.
enum class MessageType : std::uint8_t {
  alerting = 0x01,
  call_proceeding = 0x02,
  progress = 0x03,
  setup = 0x05,
  connect = 0x07,
  setup_acknowledge = 0x0d,
  connect_acknowledge = 0x0f,
  disconnect = 0x45,
  restart = 0x46,
  release = 0x4d,
  restart_acknowledge = 0x4e,
  release_complete = 0x5a,
  facility = 0x62,
  notify = 0x6e,
  status_enquiry = 0x75,
  information = 0x7b,
  status = 0x7d
};

struct Message {
  MessageType type;
  int reference = 0;           // the call reference value; 0 = the global one
  bool to_originator = false;  // the flag: sent by the side that did not begin the call
  int cause = 0;               // Q.850; 0 = no cause in it
  int timeslot = 0;            // 0 = no single B channel in it
  bool exclusive = false;      // "only the indicated channel is acceptable"
};

// "CONNECT ACKNOWLEDGE"; a type that is not in the table: "0x6d".
std::string to_string(MessageType type);

// A whole message, from its protocol discriminator on. Nothing: it is not Q.931, or cut off in its head. Elements
// that are cut off or wrong are passed over.
std::optional<Message> parse_message(Octets message);

// Information elements for a story that writes a message itself.
using Elements = std::vector<std::uint8_t>;
Elements cause_element(int cause);
// Of a primary rate span (a basic one codes its two B channels in the first octet, which stories need not).
Elements channel_element(int timeslot, bool exclusive = true);

enum class RestartClass : std::uint8_t { indicated_channels = 0, single_interface = 6, all_interfaces = 7 };
Elements restart_element(RestartClass restart_class);

// A message from the side that began the call, or a global one.
std::vector<std::uint8_t> write_message(MessageType type, int reference, int reference_octets,
                                        const Elements& elements);

}  // namespace isdn
