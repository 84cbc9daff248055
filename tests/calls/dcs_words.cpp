// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/dcs_words.hpp"

#include <algorithm>
#include <array>

#include "src/base/errors.hpp"

namespace calls {
namespace {

using modem::FastModem;

// Bits 11 to 14.
std::uint8_t rate_bits(const Carrier& carrier) {
  struct Row {
    FastModem modem;
    unsigned bps;
    std::uint8_t octet;
  };
  constexpr std::array<Row, 8> rows = {{{FastModem::v27ter, 2400, 0x00},
                                        {FastModem::v27ter, 4800, 0x08},
                                        {FastModem::v29, 9600, 0x04},
                                        {FastModem::v29, 7200, 0x0c},
                                        {FastModem::v17, 14400, 0x20},
                                        {FastModem::v17, 12000, 0x28},
                                        {FastModem::v17, 9600, 0x24},
                                        {FastModem::v17, 7200, 0x2c}}};
  for (const Row& row : rows)
    if (row.modem == carrier.modem && row.bps == carrier.bps) return row.octet;
  throw base::Failure("V.17 has 7200, 9600, 12000, 14400 bit/s, V.29 7200, 9600, V.27ter 2400, 4800");
}

struct DcsWord {
  const char* word;
  std::vector<unsigned> bits;
};
const std::vector<DcsWord>& dcs_words() {
  static const std::vector<DcsWord> words = {
      {"fine", {15}},       {"mr", {16}},      {"b4", {17}},        {"a3", {18}},
      {"unlimited", {20}},  {"ecm", {27}},     {"ecm64", {27, 28}}, {"mmr", {31}},
      {"superfine", {41}},  {"300", {42, 44}}, {"400", {43}},       {"inch", {44}},
      {"colour", {68, 69}}, {"jbig", {78}},    {"mh", {}},          {"unknown-modem", {12, 13, 14}}};
  return words;
}

void apply(Agreed& agreed, const std::string& word) {
  if (word == "mr") agreed.coding = page::Coding::mr;
  if (word == "mmr") agreed.coding = page::Coding::mmr;
  if (word == "ecm" || word == "ecm64") agreed.ecm = true;
  if (word == "ecm64") agreed.ecm_frame_octets = 64;
}

}  // namespace

void DcsBits::set(unsigned bit) {
  while (fif.size() * 8 < bit) {
    fif.back() |= 0x80U;  // the extension bit: another octet follows
    fif.push_back(0);
  }
  fif[(bit - 1) / 8] |= static_cast<std::uint8_t>(1U << ((bit - 1) % 8));
}

bool take_dcs_word(DcsBits& bits, Agreed& agreed, const std::string& word) {
  if (const auto carrier = carrier_from_word(word)) {
    agreed.carrier = carrier;
    bits.fif[1] |= rate_bits(*carrier);
    return true;
  }
  const auto& words = dcs_words();
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const DcsWord& w) { return w.word == word; });
  if (found == words.end()) return false;
  for (const unsigned bit : found->bits)
    bits.set(bit);
  apply(agreed, word);
  return true;
}

std::optional<Carrier> carrier_from_word(const std::string& word) {
  const auto slash = word.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string name = word.substr(0, slash);
  const FastModem modem = name == "v17"      ? FastModem::v17
                          : name == "v29"    ? FastModem::v29
                          : name == "v27ter" ? FastModem::v27ter
                                             : FastModem::none;
  const Carrier carrier{modem, number_from(word.substr(slash + 1))};
  if (!has_rate(modem, carrier.bps))
    throw base::Failure(
        "{} is no modem; right are v17/7200 to v17/14400, v29/7200, v29/9600, v27ter/2400, v27ter/4800",
        word);
  return carrier;
}

}  // namespace calls
