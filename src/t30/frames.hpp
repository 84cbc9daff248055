// SPDX-License-Identifier: GPL-2.0-or-later
// The octets of T.30's frames (5.3.4 to 5.3.6.1 and table 1) as they lie in memory, the first transmitted bit the
// lowest: the Recommendation prints them first bit first, DCS as X100 0001. For everybody who reads or writes a
// frame; constants and RT safe functions only.
#pragma once

#include <cstdint>

namespace t30 {

inline constexpr std::uint8_t address_field = 0xFF;        // 5.3.4
inline constexpr std::uint8_t control_field = 0x03;        // 5.3.5: more frames follow
inline constexpr std::uint8_t final_control_field = 0x13;  // the sender now waits for an answer
constexpr bool is_final(std::uint8_t control) noexcept {
  return (control & 0x10U) != 0;
}

// Bit X: 1 from the station that received a DIS, the caller; 0 from the one that sent it. Callers get it wrong;
// nothing depends on it.
inline constexpr std::uint8_t x_bit = 0x01;

// The facsimile control field, X as 0.
namespace fcf {
// Initial identification, from the called terminal (5.3.6.1.1), and to it from a caller that polls (5.3.6.1.2).
// There is no X: DIS and DTC differ in that bit.
inline constexpr std::uint8_t dis = 0x80, csi = 0x40, nsf = 0x20, des = 0xA0;
inline constexpr std::uint8_t dtc = 0x81, cig = 0x41, nsc = 0x21, pwd = 0xC1, sep = 0xA1, psa = 0x61,
                              cia = 0xE1, isp = 0x11;
// Command to receive (5.3.6.1.3).
inline constexpr std::uint8_t dcs = 0x82, tsi = 0x42, nss = 0x22, sub = 0xC2, sid = 0xA2, ctc = 0x12,
                              tsa = 0x62, ira = 0xE2, dec = 0x93, der = 0x53;
// Pre-message responses (5.3.6.1.4).
inline constexpr std::uint8_t cfr = 0x84, ftt = 0x44, ctr = 0xC4, csa = 0x24;
// Post-message commands (5.3.6.1.6).
inline constexpr std::uint8_t eom = 0x8E, mps = 0x4E, eop = 0x2E, pri_eom = 0x9E, pri_mps = 0x5E,
                              pri_eop = 0x3E, eos = 0x1E, pps = 0xBE, eor = 0xCE, rr = 0x6E;
// Post-message responses (5.3.6.1.7).
inline constexpr std::uint8_t mcf = 0x8C, rtp = 0xCC, rtn = 0x4C, pip = 0xAC, pin = 0x2C, pid = 0x6C,
                              ppr = 0xBC, rnr = 0xEC, err = 0x1C, fdm = 0xFC;
// Other line control signals (5.3.6.1.8); TK and RK have no X.
inline constexpr std::uint8_t dcn = 0xFA, crp = 0x1A, fnv = 0xCA, tnr = 0xEA, tr = 0x6A, dnk = 0x9A,
                              tk = 0x4B, rk = 0x4A;
// Of the error correction mode's fast frames (T.4, annex A); without X.
inline constexpr std::uint8_t fcd = 0x06, rcp = 0x86;
// PPS's second field when the page goes on (T.30, annex A).
inline constexpr std::uint8_t null = 0x00;
}  // namespace fcf

// The field with X as 0 where it has one.
constexpr std::uint8_t without_x(std::uint8_t field) noexcept {
  if ((field & 0x0EU) == 0) return field;
  switch (field & 0xFEU) {
    case fcf::rk:
    case fcf::fcd:
    case fcf::rcp:
    case fcf::dec & 0xFE:
    case fcf::der & 0xFE:
      return field;
    default:
      return field & 0xFEU;
  }
}
// PPS's and EOR's second field.
constexpr std::uint8_t second_without_x(std::uint8_t field) noexcept {
  return field & 0xFEU;
}

// Only a receiver sends these: to a receiver they are its own echo, or a second receiver on the line.
constexpr bool only_a_receiver_sends(std::uint8_t field) noexcept {
  switch (without_x(field)) {
    case fcf::dis:
    case fcf::csi:
    case fcf::nsf:
    case fcf::cfr:
    case fcf::ftt:
    case fcf::ctr:
    case fcf::csa:
    case fcf::mcf:
    case fcf::rtp:
    case fcf::rtn:
    case fcf::pip:
    case fcf::pin:
    case fcf::pid:
    case fcf::ppr:
    case fcf::rnr:
    case fcf::err:
    case fcf::fdm:
      return true;
    default:
      return false;
  }
}

// PRI-MPS, PRI-EOM, PRI-EOP ask for an operator, and are otherwise MPS, EOM, EOP.
constexpr bool is_procedure_interrupt(std::uint8_t field) noexcept {
  const std::uint8_t plain = without_x(field);
  return plain == fcf::pri_mps || plain == fcf::pri_eom || plain == fcf::pri_eop;
}
// MPS for PRI-MPS and so on, X as 0; other fields only lose their X.
constexpr std::uint8_t without_interrupt(std::uint8_t field) noexcept {
  return is_procedure_interrupt(field) ? without_x(field) & 0xEFU : without_x(field);
}
// A page ends here: MPS, EOM, EOP, EOS and the PRI forms; in the error correction mode they are second fields.
constexpr bool ends_page(std::uint8_t field) noexcept {
  const std::uint8_t plain = without_interrupt(field);
  return plain == fcf::mps || plain == fcf::eom || plain == fcf::eop || plain == fcf::eos;
}
// All that X111 begins.
constexpr bool is_post_message_command(std::uint8_t field) noexcept {
  const std::uint8_t plain = without_x(field);
  return ends_page(field) || plain == fcf::pps || plain == fcf::eor || plain == fcf::rr;
}
// Their information field is 20 characters, the last one first (5.3.6.2.4 to 5.3.6.2.12).
constexpr bool has_identification(std::uint8_t field) noexcept {
  switch (without_x(field)) {
    case fcf::tsi:
    case fcf::csi:
    case fcf::cig:
    case fcf::sub:
    case fcf::pwd:
    case fcf::sep:
    case fcf::sid:
    case fcf::psa:
      return true;
    default:
      return false;
  }
}

// A caller's password: SID is what DIS's bit 50 asks for before a DCS, and what HylaFAX sends; PWD goes with DTC,
// and some send it with a DCS all the same.
constexpr bool has_password(std::uint8_t field) noexcept {
  return without_x(field) == fcf::pwd || without_x(field) == fcf::sid;
}

}  // namespace t30
