// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/frame_names.hpp"

#include <array>

namespace t30 {
namespace {

struct Named {
  std::uint8_t field;  // X as 0
  const char* name;
};
// As the octets lie in memory: the Recommendation prints them first bit first, DCS as X100 0001.
constexpr std::array<Named, 36> commands_and_responses = {
    {{0x82, "DCS"}, {0x42, "TSI"}, {0x22, "NSS"}, {0xC2, "SUB"},     {0xA2, "SID"},     {0x12, "CTC"},
     {0x62, "TSA"}, {0xE2, "IRA"}, {0x84, "CFR"}, {0x44, "FTT"},     {0xC4, "CTR"},     {0x24, "CSA"},
     {0x8E, "EOM"}, {0x4E, "MPS"}, {0x2E, "EOP"}, {0x9E, "PRI-EOM"}, {0x5E, "PRI-MPS"}, {0x3E, "PRI-EOP"},
     {0x1E, "EOS"}, {0xBE, "PPS"}, {0xCE, "EOR"}, {0x6E, "RR"},      {0x8C, "MCF"},     {0xCC, "RTP"},
     {0x4C, "RTN"}, {0xAC, "PIP"}, {0x2C, "PIN"}, {0xBC, "PPR"},     {0xEC, "RNR"},     {0x1C, "ERR"},
     {0xFC, "FDM"}, {0xFA, "DCN"}, {0x1A, "CRP"}, {0xCA, "FNV"},     {0xEA, "TNR"},     {0x6A, "TR"}}};
// These come before anybody has spoken and carry no X.
constexpr std::array<Named, 9> initial = {{{0x80, "DIS"},
                                           {0x40, "CSI"},
                                           {0x20, "NSF"},
                                           {0x81, "DTC"},
                                           {0x41, "CIG"},
                                           {0x21, "NSC"},
                                           {0xC1, "PWD"},
                                           {0xA1, "SEP"},
                                           {0x61, "PSA"}}};

}  // namespace

const char* frame_name(std::uint8_t field) noexcept {
  for (const Named& named : initial)
    if (named.field == field) return named.name;
  for (const Named& named : commands_and_responses)
    if (named.field == (field & 0xFEU)) return named.name;
  return nullptr;
}

}  // namespace t30
