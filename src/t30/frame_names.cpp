// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/frame_names.hpp"

#include <array>

#include "src/t30/frames.hpp"

namespace t30 {
namespace {

struct Named {
  std::uint8_t field;  // X as 0
  const char* name;
};
constexpr std::array table = std::to_array<Named>(
    {{fcf::dis, "DIS"}, {fcf::csi, "CSI"},         {fcf::nsf, "NSF"},         {fcf::des, "DES"},
     {fcf::dtc, "DTC"}, {fcf::cig, "CIG"},         {fcf::nsc, "NSC"},         {fcf::pwd, "PWD"},
     {fcf::sep, "SEP"}, {fcf::psa, "PSA"},         {fcf::cia, "CIA"},         {fcf::isp, "ISP"},
     {fcf::dcs, "DCS"}, {fcf::tsi, "TSI"},         {fcf::nss, "NSS"},         {fcf::sub, "SUB"},
     {fcf::sid, "SID"}, {fcf::ctc, "CTC"},         {fcf::tsa, "TSA"},         {fcf::ira, "IRA"},
     {fcf::dec, "DEC"}, {fcf::der, "DER"},         {fcf::cfr, "CFR"},         {fcf::ftt, "FTT"},
     {fcf::ctr, "CTR"}, {fcf::csa, "CSA"},         {fcf::eom, "EOM"},         {fcf::mps, "MPS"},
     {fcf::eop, "EOP"}, {fcf::pri_eom, "PRI-EOM"}, {fcf::pri_mps, "PRI-MPS"}, {fcf::pri_eop, "PRI-EOP"},
     {fcf::eos, "EOS"}, {fcf::pps, "PPS"},         {fcf::eor, "EOR"},         {fcf::rr, "RR"},
     {fcf::mcf, "MCF"}, {fcf::rtp, "RTP"},         {fcf::rtn, "RTN"},         {fcf::pip, "PIP"},
     {fcf::pin, "PIN"}, {fcf::pid, "PID"},         {fcf::ppr, "PPR"},         {fcf::rnr, "RNR"},
     {fcf::err, "ERR"}, {fcf::fdm, "FDM"},         {fcf::dcn, "DCN"},         {fcf::crp, "CRP"},
     {fcf::fnv, "FNV"}, {fcf::tnr, "TNR"},         {fcf::tr, "TR"},           {fcf::dnk, "DNK"},
     {fcf::tk, "TK"},   {fcf::rk, "RK"},           {fcf::fcd, "FCD"},         {fcf::rcp, "RCP"}});

}  // namespace

const char* frame_name(std::uint8_t field) noexcept {
  const std::uint8_t plain = without_x(field);
  for (const Named& named : table)
    if (named.field == plain) return named.name;
  return nullptr;
}

}  // namespace t30
