// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/pri/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace isdn {
namespace {

constexpr std::uint8_t q931 = 0x08, cause_id = 0x08, channel_id = 0x18, restart_id = 0x79;
constexpr std::uint8_t last_octet = 0x80;  // the extension bit: nothing of this field follows

struct Name {
  MessageType type;
  std::string_view text;
};

constexpr std::array names = {
    Name{MessageType::alerting, "ALERTING"},
    Name{MessageType::call_proceeding, "CALL PROCEEDING"},
    Name{MessageType::progress, "PROGRESS"},
    Name{MessageType::setup, "SETUP"},
    Name{MessageType::connect, "CONNECT"},
    Name{MessageType::setup_acknowledge, "SETUP ACKNOWLEDGE"},
    Name{MessageType::connect_acknowledge, "CONNECT ACKNOWLEDGE"},
    Name{MessageType::disconnect, "DISCONNECT"},
    Name{MessageType::restart, "RESTART"},
    Name{MessageType::release, "RELEASE"},
    Name{MessageType::restart_acknowledge, "RESTART ACKNOWLEDGE"},
    Name{MessageType::release_complete, "RELEASE COMPLETE"},
    Name{MessageType::facility, "FACILITY"},
    Name{MessageType::notify, "NOTIFY"},
    Name{MessageType::status_enquiry, "STATUS ENQUIRY"},
    Name{MessageType::information, "INFORMATION"},
    Name{MessageType::status, "STATUS"},
};

// Past an octet 3 that says by its extension bit that 3a follows. Q.931 4.5.12.
void read_cause(Octets content, Message& message) {
  std::size_t at = 0;
  while (at < content.size() && (content[at] & last_octet) == 0)
    ++at;
  if (at + 1 < content.size()) message.cause = content[at + 1] & 0x7f;
}

// Q.931 4.5.13: a channel number on primary rate; B1 or B2 on basic rate, in the first octet.
void read_channel(Octets content, Message& message) {
  if (content.empty()) return;
  const bool primary = (content[0] & 0x20) != 0, other_interface = (content[0] & 0x40) != 0;
  message.exclusive = (content[0] & 0x08) != 0;
  const int selected = content[0] & 3;
  if (!primary) {
    message.timeslot = selected < 3 ? selected : 0;
    return;
  }
  std::size_t at = 1;
  while (other_interface && at < content.size() && (content[at] & last_octet) == 0)
    ++at;
  if (other_interface) ++at;
  if (selected == 1 && at + 1 < content.size()) message.timeslot = content[at + 1] & 0x7f;
}

void read_elements(Octets rest, Message& message) {
  while (!rest.empty()) {
    if ((rest[0] & 0x80) != 0) {  // of one octet
      rest = rest.subspan(1);
      continue;
    }
    if (rest.size() < 2 || rest.size() < 2U + rest[1]) return;
    const Octets content = rest.subspan(2, rest[1]);
    if (rest[0] == cause_id) read_cause(content, message);
    if (rest[0] == channel_id) read_channel(content, message);
    rest = rest.subspan(2U + rest[1]);
  }
}

}  // namespace

std::string to_string(MessageType type) {
  const auto* name =
      std::find_if(names.begin(), names.end(), [type](const Name& n) { return n.type == type; });
  if (name != names.end()) return std::string(name->text);
  return fmt::format("0x{:02x}", static_cast<unsigned>(type));
}

std::optional<Message> parse_message(Octets message) {
  if (message.size() < 3 || message[0] != q931) return std::nullopt;
  const std::size_t length = message[1] & 0x0f;
  if (length > 2 || message.size() < 3 + length) return std::nullopt;
  Message read{static_cast<MessageType>(message[2 + length])};
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint8_t octet = message[2 + i];
    read.reference = read.reference << 8 | (i == 0 ? octet & 0x7f : octet);
    if (i == 0) read.to_originator = (octet & 0x80) != 0;
  }
  read_elements(message.subspan(3 + length), read);
  return read;
}

Elements cause_element(int cause) {
  return {cause_id, 2, 0x82, static_cast<std::uint8_t>(last_octet | cause)};  // location: public network
}

Elements channel_element(int timeslot, bool exclusive) {
  const auto first = static_cast<std::uint8_t>(last_octet | 0x20 | (exclusive ? 0x08 : 0) | 1);
  return {channel_id, 3, first, 0x83, static_cast<std::uint8_t>(last_octet | timeslot)};
}

Elements restart_element(RestartClass restart_class) {
  return {restart_id, 1, static_cast<std::uint8_t>(last_octet | static_cast<unsigned>(restart_class))};
}

std::vector<std::uint8_t> write_message(MessageType type, int reference, int reference_octets,
                                        const Elements& elements) {
  std::vector<std::uint8_t> message = {q931, static_cast<std::uint8_t>(reference_octets)};
  for (int octet = reference_octets - 1; octet >= 0; --octet)
    message.push_back(static_cast<std::uint8_t>(reference >> (8 * octet)));
  message.push_back(static_cast<std::uint8_t>(type));
  message.insert(message.end(), elements.begin(), elements.end());
  return message;
}

}  // namespace isdn
