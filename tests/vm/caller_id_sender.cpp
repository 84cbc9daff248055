// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/caller_id_sender.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "src/base/errors.hpp"
#include "src/modem/spandsp.hpp"

namespace vm {
namespace {

int spandsp_number(CallerIdStandard standard) {
  switch (standard) {
    case CallerIdStandard::v23:
      return ADSI_STANDARD_CLIP;
    case CallerIdStandard::dtmf:
      return ADSI_STANDARD_CLIP_DTMF;
    case CallerIdStandard::japan:
      return ADSI_STANDARD_JCLIP;
    default:
      return ADSI_STANDARD_CLASS;
  }
}

// MMDDhhmm
std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 9> text{};
  std::strftime(text.data(), text.size(), "%m%d%H%M", &local);
  return text.data();
}

const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

void send(adsi_tx_state_t* sender, std::string_view message) {
  if (adsi_tx_put_message(sender, bytes(message), static_cast<int>(message.size())) <= 0)
    throw base::Failure("spandsp refuses a caller ID of {} bytes", message.size());
}

// A message of one field, as spandsp builds it.
void send_field(adsi_tx_state_t* sender, std::uint8_t message_type, std::uint8_t type,
                std::string_view text) {
  std::array<std::uint8_t, 128> message{};
  const int begun = adsi_add_field(sender, message.data(), -1, message_type, nullptr, 0);
  const int length =
      adsi_add_field(sender, message.data(), begun, type, bytes(text), static_cast<int>(text.size()));
  send(sender, {reinterpret_cast<const char*>(message.data()), static_cast<std::size_t>(length)});
}

// A caller without a number has withheld it. The fields' codes are the same in GR-30-CORE and in ETSI EN 300 659-3. They
// are written here, as spandsp's adsi_add_field() writes the length of a field of 16 bytes twice.
void send_fsk(adsi_tx_state_t* sender, const hw::CallIdentity& caller) {
  std::string message{static_cast<char>(CLASS_MDMF_CALLERID), 0};  // spandsp sets the length
  const auto add = [&message](int type, std::string_view text) {
    message += static_cast<char>(type);
    message += static_cast<char>(text.size());
    message += text;
  };
  const std::string_view number = caller.caller_number.view(), name = caller.caller_name.view();
  add(MCLASS_DATETIME, now());
  add(number.empty() ? MCLASS_ABSENCE1 : MCLASS_CALLER_NUMBER, number.empty() ? "P" : number);
  add(name.empty() ? MCLASS_ABSENCE2 : MCLASS_CALLER_NAME, name.empty() ? "P" : name);
  send(sender, message);
}

void send_japanese(adsi_tx_state_t* sender, std::string_view number) {
  if (number.empty())
    send_field(sender, JCLIP_MDMF_CALLERID, JCLIP_ABSENCE, "P");
  else
    send_field(sender, JCLIP_MDMF_CALLERID, JCLIP_CALLER_NUMBER, number);
}

void send_dtmf(adsi_tx_state_t* sender, std::string_view number) {
  if (number.empty())
    send_field(sender, CLIP_DTMF_HASH_TERMINATED, CLIP_DTMF_HASH_ABSENCE, "1");
  else
    send_field(sender, CLIP_DTMF_HASH_TERMINATED, CLIP_DTMF_HASH_CALLER_NUMBER, number);
}

}  // namespace

const std::map<std::string, CallerIdStandard>& caller_id_standards() {
  static const std::map<std::string, CallerIdStandard> standards{{"none", CallerIdStandard::none},
                                                                 {"bellcore", CallerIdStandard::bellcore},
                                                                 {"v23", CallerIdStandard::v23},
                                                                 {"dtmf", CallerIdStandard::dtmf},
                                                                 {"japan", CallerIdStandard::japan}};
  return standards;
}

void CallerIdSender::Free::operator()(void* sender) const noexcept {
  adsi_tx_free(static_cast<adsi_tx_state_t*>(sender));
}

void CallerIdSender::begin(CallerIdStandard standard, const hw::CallIdentity& caller, bool with_alert) {
  auto* sender = adsi_tx_init(nullptr, spandsp_number(standard));
  sender_.reset(sender);
  if (sender == nullptr) throw base::Failure("there is no memory for a caller ID");
  if (with_alert) adsi_tx_send_alert_tone(sender);
  switch (standard) {
    case CallerIdStandard::dtmf:
      return send_dtmf(sender, caller.caller_number.view());
    case CallerIdStandard::japan:
      return send_japanese(sender, caller.caller_number.view());
    default:
      return send_fsk(sender, caller);
  }
}

void CallerIdSender::say(hw::Block& said) {
  const int made =
      adsi_tx(static_cast<adsi_tx_state_t*>(sender_.get()), said.data(), static_cast<int>(said.size()));
  std::fill(said.begin() + std::max(made, 0), said.end(), 0);
  if (made < static_cast<int>(said.size())) stop();
}

}  // namespace vm
