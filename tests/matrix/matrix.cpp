// SPDX-License-Identifier: GPL-2.0-or-later
// The line matrix: levels, noise, clock skew, carrier offset and echo by modem and error correction; our receiver
// beside spandsp's stock engine, the same caller on the same lines in the same run. A part of it by default, the
// whole by --all. Exit status 0: ours completed every try of every cell where it has to.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/matrix/cells.hpp"
#include "tests/matrix/pool.hpp"

namespace {

using matrix::Cell;
using matrix::Make;

constexpr unsigned pages_a_call = 3;  // so that V.17's short training is used
constexpr std::uint32_t rows_a_page = 200;

struct Options {
  bool all = false;
  bool why = false;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  unsigned tries = 8;
  std::string only, json;
};

struct Result {
  Cell cell;
  unsigned ours = 0, stock = 0;  // completed
  std::vector<std::string> why;  // ours was not
};

void read_options(CLI::App& app, Options& options) {
  app.add_flag("--all", options.all, "the whole matrix; else the part that runs each time");
  app.add_option("-j,--jobs", options.jobs, "calls at a time; else as many as there are processors")
      ->check(CLI::Range(1, 256));
  app.add_option("--tries", options.tries, "calls a cell and machine; else 8")->check(CLI::Range(1, 1000));
  app.add_option("--only", options.only, "only cells with this in their name: \"V.17 ECM\"");
  app.add_option("--json", options.json, "write the result to this file");
  app.add_flag("--why", options.why, "say of each try that was not completed what was missing");
}

std::vector<Cell> chosen_cells(const Options& options) {
  std::vector<Cell> cells;
  for (const Cell& cell : matrix::all_cells())
    if ((options.all || cell.in_part) && cell.name().find(options.only) != std::string::npos)
      cells.push_back(cell);
  return cells;
}

// Job by job: cell, try, machine; the machines take turns, so that both meet the same load.
std::vector<Result> run(const std::vector<Cell>& cells, const Options& options, const matrix::TestFax& fax) {
  const unsigned calls_a_cell = options.tries * 2;
  const auto call = [&](unsigned job) {
    const unsigned in_cell = job % calls_a_cell;
    matrix::CallPlan plan = cells[job / calls_a_cell].plan;
    plan.seed = job / 2 + 1;  // the same line for both
    const auto machine = matrix::answer(in_cell % 2 == 0 ? Make::ours : Make::stock);
    return matrix::shortcoming(plan, fax, *machine);
  };
  const auto jobs = static_cast<unsigned>(cells.size()) * calls_a_cell;
  const std::vector<std::string> texts = matrix::run_jobs(jobs, options.jobs, call);
  std::vector<Result> results;
  results.reserve(cells.size());
  for (const Cell& cell : cells)
    results.push_back({cell, 0, 0, {}});
  for (unsigned job = 0; job < jobs; ++job) {
    Result& result = results[job / calls_a_cell];
    if (texts[job].empty())
      ++(job % 2 == 0 ? result.ours : result.stock);
    else if (job % 2 == 0)
      result.why.push_back(fmt::format("seed {}: {}", job / 2 + 1, texts[job]));
  }
  return results;
}

bool falls_short(const Result& result, const Options& options) {
  return result.cell.required && result.ours < options.tries;
}

std::string field(const Result& result, const Options& options) {
  const char* mark = falls_short(result, options) ? "!" : result.cell.required ? " " : "~";
  return fmt::format("{:>3} |{:>2} {}", result.ours, result.stock, mark);
}

// Results come table by table, row by row, column by column; a filter, and the part, leave some out.
void print_table(const std::vector<Result>& results, const Options& options) {
  constexpr std::array columns{"V.17", "V.17 ECM", "V.29", "V.29 ECM", "V.27ter", "V.27ter ECM"};
  std::string table;
  std::string row;
  std::size_t column = columns.size();
  for (const Result& result : results) {
    if (result.cell.table != table) {
      fmt::print("\n\n{:<20}{:>13}", table = result.cell.table, fmt::join(columns, ""));
      row.clear();
    }
    if (result.cell.row != row) {
      fmt::print("\n{:<20}", row = result.cell.row);
      column = 0;
    }
    for (; result.cell.column() != columns.at(column); ++column)
      fmt::print("{:>13}", "");
    fmt::print("{:>13}", field(result, options));
    ++column;
  }
  fmt::print("\n");
}

void print_shortcomings(const std::vector<Result>& results, const Options& options) {
  for (const Result& result : results)
    if (falls_short(result, options) || options.why)
      for (const std::string& why : result.why)
        fmt::print("{}, {}\n", result.cell.name(), why);
}

nlohmann::ordered_json json_of(const Result& result) {
  const matrix::LineFaults& line = result.cell.plan.line;
  return {{"modem", faxcall::name(result.cell.plan.modem)},
          {"ecm", result.cell.plan.ecm},
          {"level_dbm0", line.level_dbm0},
          {"noise_dbm0", line.noise_dbm0},
          {"skew_ppm", line.skew_ppm},
          {"offset_hz", line.offset_hz},
          {"echo_ms", line.echo_ms},
          {"required", result.cell.required},
          {"ours", result.ours},
          {"stock", result.stock},
          {"shortcomings", result.why}};
}

void write_json(const std::vector<Result>& results, const Options& options) {
  nlohmann::ordered_json cells = nlohmann::ordered_json::array();
  for (const Result& result : results)
    cells.push_back(json_of(result));
  std::ofstream(options.json) << nlohmann::ordered_json{{"tries", options.tries}, {"cells", cells}}.dump(1)
                              << "\n";
}

int report(const std::vector<Result>& results, const Options& options, double seconds) {
  print_table(results, options);
  print_shortcomings(results, options);
  if (!options.json.empty()) write_json(results, options);
  const auto required = std::count_if(results.begin(), results.end(),
                                      [](const Result& result) { return result.cell.required; });
  const auto short_ones = std::count_if(results.begin(), results.end(),
                                        [&](const Result& result) { return falls_short(result, options); });
  unsigned ours = 0;
  unsigned stock = 0;
  for (const Result& result : results)
    ours += result.ours, stock += result.stock;
  fmt::print(
      "\ncompleted of {} tries, ours | spandsp's stock engine (! ours has to and does not, ~ ours need not)\n"
      "sum: ours {}, stock {} of {} calls; {} of {} cells that have to be complete are; {:.0f} s\n",
      options.tries, ours, stock, results.size() * options.tries, required - short_ones, required, seconds);
  return short_ones > 0 || results.empty() ? 1 : 0;
}

int run_matrix(const Options& options) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("faxrx-matrix-{}.tif", ::getpid());
  const matrix::TestFax fax = matrix::make_fax(file, pages_a_call, rows_a_page, 7);
  const auto began = std::chrono::steady_clock::now();
  const std::vector<Result> results = run(chosen_cells(options), options, fax);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::filesystem::remove(file);
  return report(results, options, took.count());
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app("Calls over lines of all levels and faults: our receiver beside spandsp's.", "matrix");
  read_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return app.exit(end);
  }
  return run_matrix(options);
} catch (const std::exception& error) {
  fmt::print(stderr, "matrix: {}\n", error.what());
  return 1;
}
