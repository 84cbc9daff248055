// SPDX-License-Identifier: GPL-2.0-or-later
// The code words of ITU-T T.4 (tables 2, 3a and 3b for runs, table 4 for the two-dimensional modes) as look-up
// tables made at compile time. Indexed by the next bits of a page, the first bit on the line lowest. For the row
// decoder alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace page {

struct RunCode {
  std::uint16_t pels = 0;
  std::uint8_t bits = 0;  // 0: no code word begins so
  bool makes_up = false;  // another code of the same colour follows
};

enum class Mode : std::uint8_t { none, pass, horizontal, vertical };
struct ModeCode {
  Mode mode = Mode::none;  // none: no code word begins so; the uncompressed extension is none too
  std::uint8_t bits = 0;
  std::int8_t offset = 0;  // of a1 from b1
};

inline constexpr unsigned longest_run_code = 13;
inline constexpr unsigned longest_mode_code = 7;
using RunTable = std::array<RunCode, 1U << longest_run_code>;
using ModeTable = std::array<ModeCode, 1U << longest_mode_code>;

namespace t4 {

using Words = std::span<const std::string_view>;

// Table 2: terminating codes of 0 to 63 pels.
inline constexpr std::array<std::string_view, 64> white_ends = {
    "00110101", "000111",   "0111",     "1000",     "1011",     "1100",     "1110",     "1111",
    "10011",    "10100",    "00111",    "01000",    "001000",   "000011",   "110100",   "110101",
    "101010",   "101011",   "0100111",  "0001100",  "0001000",  "0010111",  "0000011",  "0000100",
    "0101000",  "0101011",  "0010011",  "0100100",  "0011000",  "00000010", "00000011", "00011010",
    "00011011", "00010010", "00010011", "00010100", "00010101", "00010110", "00010111", "00101000",
    "00101001", "00101010", "00101011", "00101100", "00101101", "00000100", "00000101", "00001010",
    "00001011", "01010010", "01010011", "01010100", "01010101", "00100100", "00100101", "01011000",
    "01011001", "01011010", "01011011", "01001010", "01001011", "00110010", "00110011", "00110100"};
inline constexpr std::array<std::string_view, 64> black_ends = {
    "0000110111",   "010",          "11",           "10",           "011",          "0011",
    "0010",         "00011",        "000101",       "000100",       "0000100",      "0000101",
    "0000111",      "00000100",     "00000111",     "000011000",    "0000010111",   "0000011000",
    "0000001000",   "00001100111",  "00001101000",  "00001101100",  "00000110111",  "00000101000",
    "00000010111",  "00000011000",  "000011001010", "000011001011", "000011001100", "000011001101",
    "000001101000", "000001101001", "000001101010", "000001101011", "000011010010", "000011010011",
    "000011010100", "000011010101", "000011010110", "000011010111", "000001101100", "000001101101",
    "000011011010", "000011011011", "000001010100", "000001010101", "000001010110", "000001010111",
    "000001100100", "000001100101", "000001010010", "000001010011", "000000100100", "000000110111",
    "000000111000", "000000100111", "000000101000", "000001011000", "000001011001", "000000101011",
    "000000101100", "000001011010", "000001100110", "000001100111"};

// Table 3a: make-up codes of 64, 128, … 1728 pels.
inline constexpr std::array<std::string_view, 27> white_makeups = {
    "11011",     "10010",     "010111",    "0110111",   "00110110",  "00110111",  "01100100",
    "01100101",  "01101000",  "01100111",  "011001100", "011001101", "011010010", "011010011",
    "011010100", "011010101", "011010110", "011010111", "011011000", "011011001", "011011010",
    "011011011", "010011000", "010011001", "010011010", "011000",    "010011011"};
inline constexpr std::array<std::string_view, 27> black_makeups = {
    "0000001111",    "000011001000",  "000011001001",  "000001011011",  "000000110011",  "000000110100",
    "000000110101",  "0000001101100", "0000001101101", "0000001001010", "0000001001011", "0000001001100",
    "0000001001101", "0000001110010", "0000001110011", "0000001110100", "0000001110101", "0000001110110",
    "0000001110111", "0000001010010", "0000001010011", "0000001010100", "0000001010101", "0000001011010",
    "0000001011011", "0000001100100", "0000001100101"};

// Table 3b: make-up codes of both colours, of 1792, 1856, … 2560 pels.
inline constexpr std::array<std::string_view, 13> wide_makeups = {
    "00000001000",  "00000001100",  "00000001101",  "000000010010", "000000010011",
    "000000010100", "000000010101", "000000010110", "000000010111", "000000011100",
    "000000011101", "000000011110", "000000011111"};

// Puts `code` wherever the lower bits of the index are `word`.
template <typename Table, typename Code>
constexpr void enter(Table& table, std::string_view word, Code code) {
  std::size_t index = 0;
  for (std::size_t i = 0; i < word.size(); ++i)
    index |= std::size_t{word[i] == '1'} << i;
  code.bits = static_cast<std::uint8_t>(word.size());
  for (; index < table.size(); index += std::size_t{1} << word.size()) {
    if (table[index].bits != 0) throw "two code words begin alike";  // at compile time
    table[index] = code;
  }
}

constexpr void enter_runs(RunTable& table, Words words, unsigned first, unsigned step, bool makes_up) {
  for (const std::string_view word : words) {
    enter(table, word, RunCode{static_cast<std::uint16_t>(first), 0, makes_up});
    first += step;
  }
}

constexpr RunTable run_table(Words ends, Words makeups) {
  RunTable table{};
  enter_runs(table, ends, 0, 1, false);
  enter_runs(table, makeups, 64, 64, true);
  enter_runs(table, wide_makeups, 1792, 64, true);
  return table;
}

constexpr ModeTable mode_table() {
  ModeTable table{};
  enter(table, "0001", ModeCode{Mode::pass, 0, 0});
  enter(table, "001", ModeCode{Mode::horizontal, 0, 0});
  constexpr std::array<std::string_view, 7> vertical = {"0000010", "000010", "010",    "1",
                                                        "011",     "000011", "0000011"};
  for (std::size_t i = 0; i < vertical.size(); ++i)
    enter(table, vertical[i], ModeCode{Mode::vertical, 0, static_cast<std::int8_t>(static_cast<int>(i) - 3)});
  return table;
}

}  // namespace t4

inline constexpr RunTable white_runs = t4::run_table(t4::white_ends, t4::white_makeups);
inline constexpr RunTable black_runs = t4::run_table(t4::black_ends, t4::black_makeups);
inline constexpr ModeTable modes = t4::mode_table();

}  // namespace page
