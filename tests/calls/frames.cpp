// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/frames.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <string_view>

#include "src/base/errors.hpp"
#include "tests/calls/dcs_words.hpp"

namespace calls {
namespace {

struct Named {
  const char* name;
  std::uint8_t field;  // as the octet lies in memory, X as 0 (T.30, 5.3.6.1)
  bool has_x;
};
constexpr std::array<Named, 27> names = {
    {{"DCS", 0x82, true},     {"TSI", 0x42, true},     {"NSS", 0x22, true},     {"SUB", 0xc2, true},
     {"SID", 0xa2, true},     {"PWD", 0xc1, false},    {"DTC", 0x81, false},    {"CIG", 0x41, false},
     {"NSC", 0x21, false},    {"DIS", 0x80, false},    {"CSI", 0x40, false},    {"NSF", 0x20, false},
     {"CTC", 0x12, true},     {"EOM", 0x8e, true},     {"MPS", 0x4e, true},     {"EOP", 0x2e, true},
     {"PRI-EOM", 0x9e, true}, {"PRI-MPS", 0x5e, true}, {"PRI-EOP", 0x3e, true}, {"PPS", 0xbe, true},
     {"EOR", 0xce, true},     {"RR", 0x6e, true},      {"CRP", 0x1a, true},     {"DCN", 0xfa, true},
     {"CFR", 0x84, true},     {"MCF", 0x8c, true},     {"FTT", 0x44, true}}};

const Named* named(std::string_view name) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const Named& n) { return n.name == name; });
  return found == names.end() ? nullptr : &*found;
}

// The fields of one frame while its words are read.
struct Draft {
  Frame frame;
  Octets fif;
  DcsBits dcs;
  Agreed agreed;
  std::uint8_t pad = ' ';
  bool is_final = false, x = true, is_reversed = true;
  std::optional<std::string> text;
};

// 20 characters, the last one first (T.30, 5.3.6.2.4 to 5.3.6.2.12). Longer ones go as they are.
Octets identification(const Draft& draft) {
  Octets octets(draft.text->begin(), draft.text->end());
  octets.resize(std::max<std::size_t>(octets.size(), 20), draft.pad);
  if (draft.is_reversed) std::reverse(octets.begin(), octets.end());
  return octets;
}

struct FrameWord {
  const char* word;
  std::function<void(Draft&)> take;
};
struct FrameKey {
  const char* key;
  std::function<void(Draft&, const std::string& value)> take;
};
const std::vector<FrameWord>& frame_words() {
  static const std::vector<FrameWord> words = {
      {"bad-fcs", [](Draft& d) { d.frame.line.bad_fcs = true; }},
      {"final", [](Draft& d) { d.is_final = true; }},
      {"not-final", [](Draft& d) { d.is_final = false; }},
      {"not-reversed", [](Draft& d) { d.is_reversed = false; }},
  };
  return words;
}
const std::vector<FrameKey>& frame_keys() {
  static const std::vector<FrameKey> keys = {
      {"x", [](Draft& d, const std::string& v) { d.x = number_from(v) != 0; }},
      {"hex", [](Draft& d, const std::string& v) { d.fif = octets_from_hex(v); }},
      {"text", [](Draft& d, const std::string& v) { d.text = v; }},
      {"pad", [](Draft& d, const std::string& v) { d.pad = octets_from_hex(v).at(0); }},
      {"page", [](Draft& d, const std::string& v) { d.frame.page = number_from(v); }},
      {"block", [](Draft& d, const std::string& v) { d.frame.block = number_from(v); }},
      {"frames", [](Draft& d, const std::string& v) { d.frame.frames = number_from(v); }},
  };
  return keys;
}

bool take_key(Draft& draft, const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return false;
  for (const FrameKey& key : frame_keys()) {
    if (word.substr(0, equals) != key.key) continue;
    key.take(draft, word.substr(equals + 1));
    return true;
  }
  return false;
}

void take_word(Draft& draft, const std::string& word) {
  if (take_key(draft, word)) return;
  for (const FrameWord& known : frame_words())
    if (word == known.word) return known.take(draft);
  const bool says_rate = draft.frame.name == "DCS" || draft.frame.name == "CTC" || draft.frame.name == "DTC";
  if (says_rate && take_dcs_word(draft.dcs, draft.agreed, word)) return;
  throw base::Failure(
      "\"{}\" is nothing that {} can have; right are bad-fcs, final, not-final, x=0, hex=…, text=\"…\", "
      "pad=ff, "
      "not-reversed, page=, block=, frames=, and for DCS and CTC v29/9600, mr, mmr, ecm, fine, …",
      word, draft.frame.name);
}

// "PPS-EOP": PPS, then EOP's field (T.4, A.4.4.1); "PPS-NULL": 0.
void open_frame(Draft& draft) {
  const std::string& name = draft.frame.name;
  const bool of_block = name.starts_with("PPS-") || name.starts_with("EOR-");
  const Named* first = named(of_block ? name.substr(0, 3) : name);
  if (name == "PPS" || name == "EOR") first = nullptr;  // always with a second field
  const Named* second = of_block ? named(name.substr(4)) : nullptr;
  const bool is_null = of_block && name.substr(4) == "NULL";
  if (first == nullptr || (of_block && second == nullptr && !is_null))
    throw base::Failure("{} is no frame; right are DCS, TSI, EOP, PPS-MPS, … or raw hex=ff13…", name);
  const unsigned x = first->has_x && draft.x ? 1 : 0;
  draft.frame.line.octets = {0xff, static_cast<std::uint8_t>(draft.is_final ? 0x13 : 0x03),
                             static_cast<std::uint8_t>(first->field | x)};
  if (!of_block) return;
  draft.frame.counts_itself = true;
  draft.frame.line.octets.push_back(is_null ? 0 : static_cast<std::uint8_t>(second->field | x));
  if (name.starts_with("PPS-")) draft.frame.line.octets.insert(draft.frame.line.octets.end(), 3, 0);
}

void close_frame(Draft& draft) {
  if (draft.frame.name == "raw") {
    draft.frame.line.octets = draft.fif;
    return;
  }
  open_frame(draft);
  const bool says_rate = draft.frame.name == "DCS" || draft.frame.name == "CTC";
  if (draft.frame.name == "DCS" || draft.frame.name == "DTC") draft.dcs.set(10);
  if ((says_rate || draft.frame.name == "DTC") && draft.fif.empty()) draft.fif = draft.dcs.fif;
  if (draft.frame.name == "CTC") draft.fif.resize(2);  // modem and rate only (T.4, A.4.3)
  if (draft.frame.name == "DCS" && !draft.agreed.coding) draft.agreed.coding = page::Coding::mh;
  if (says_rate) draft.frame.agreed = draft.agreed;
  if (draft.text) draft.fif = identification(draft);
  auto& octets = draft.frame.line.octets;
  octets.insert(octets.end(), draft.fif.begin(), draft.fif.end());
}

}  // namespace

void set_count(Frame& frame, const BlockCount& last_sent) {
  if (!frame.counts_itself || !frame.name.starts_with("PPS-")) return;
  auto& octets = frame.line.octets;
  octets[4] = static_cast<std::uint8_t>(frame.page.value_or(last_sent.page));
  octets[5] = static_cast<std::uint8_t>(frame.block.value_or(last_sent.block));
  octets[6] = static_cast<std::uint8_t>(frame.frames.value_or(last_sent.frames) - 1);
}

Frame frame_from_words(std::span<const std::string> words, bool is_last) {
  if (words.empty())
    throw base::Failure("a frame is missing; right is send TSI text=\"+49 30 1\"; DCS v29/9600");
  Draft draft;
  draft.frame.name = words.front();
  draft.is_final = is_last;
  for (const std::string& word : words.subspan(1))
    take_word(draft, word);
  close_frame(draft);
  return draft.frame;
}

Octets octets_from_hex(const std::string& hex) {
  Octets octets(hex.size() / 2);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char* at = hex.data() + 2 * i;
    if (std::from_chars(at, at + 2, octets[i], 16).ptr != at + 2)
      throw base::Failure("\"{}\" is not hexadecimal; right is 004688", hex);
  }
  if (hex.empty() || hex.size() % 2 != 0)
    throw base::Failure("\"{}\" is not hexadecimal; right is 004688", hex);
  return octets;
}

unsigned number_from(const std::string& word) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || word.empty())
    throw base::Failure("\"{}\" is not a number", word);
  return number;
}

}  // namespace calls
