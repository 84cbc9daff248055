// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/matrix/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace matrix {
namespace {

using faxcall::Modem;

constexpr int loudest_dbm0 = -10;
constexpr int quietest_dbm0 = -40;
constexpr double usual_dbm0 = -14;  // of the SNR table

struct Trouble {
  const char* table;
  double skew_ppm, offset_hz, echo_ms;
  std::vector<int> part_levels_dbm0;  // those that run each time
};
// The levels of the part: both ends, and −30, in the middle of those where the stock engine's V.17 fails.
const std::array troubles{Trouble{"quiet line", 0, 0, 0, {-10, -20, -30, -40}},
                          Trouble{"+100 ppm", 100, 0, 0, {-22}},
                          Trouble{"-100 ppm", -100, 0, 0, {-22}},
                          Trouble{"+7 Hz", 0, 7, 0, {-26}},
                          Trouble{"-7 Hz", 0, -7, 0, {-26}},
                          Trouble{"30 ms echo", 0, 0, 30, {-34}}};

template <typename Add>
void for_each_column(const Add& add) {
  for (const Modem modem : {Modem::v17, Modem::v29, Modem::v27ter})
    for (const bool ecm : {false, true})
      add(modem, ecm);
}

void add_levels(std::vector<Cell>& cells, const Trouble& trouble) {
  for (int level = loudest_dbm0; level >= quietest_dbm0; level -= 2)
    for_each_column([&](Modem modem, bool ecm) {
      Cell cell{trouble.table, fmt::format("{} dBm0", level), {modem, ecm, {}, 1}};
      cell.plan.line = {static_cast<double>(level), -70, trouble.skew_ppm, trouble.offset_hz,
                        trouble.echo_ms};
      const auto& part = trouble.part_levels_dbm0;
      cell.in_part = std::find(part.begin(), part.end(), level) != part.end();
      cells.push_back(cell);
    });
}

// What each modem has to bear; the rest of the table is there to be read.
constexpr int worst_snr_db(Modem modem) {
  return modem == Modem::v17 ? 28 : 16;
}

void add_noise(std::vector<Cell>& cells) {
  for (int snr_db = 36; snr_db >= 12; snr_db -= 4)
    for_each_column([&](Modem modem, bool ecm) {
      Cell cell{"noise, at -14 dBm0", fmt::format("{} dB SNR", snr_db), {modem, ecm, {}, 1}};
      cell.plan.line.level_dbm0 = usual_dbm0;
      cell.plan.line.noise_dbm0 = usual_dbm0 - snr_db;
      cell.required = snr_db >= worst_snr_db(modem);
      cell.in_part = snr_db == worst_snr_db(modem);
      cells.push_back(cell);
    });
}

}  // namespace

std::string Cell::column() const {
  return fmt::format("{}{}", faxcall::name(plan.modem), plan.ecm ? " ECM" : "");
}

std::string Cell::name() const {
  return fmt::format("{}, {}, {}", table, row, column());
}

std::vector<Cell> all_cells() {
  std::vector<Cell> cells;
  for (const Trouble& trouble : troubles)
    add_levels(cells, trouble);
  add_noise(cells);
  return cells;
}

}  // namespace matrix
