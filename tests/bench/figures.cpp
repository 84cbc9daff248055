// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

namespace bench {
namespace {

bool reached(const Figure& figure) {
  return !figure.at_most || figure.value <= *figure.at_most;
}

std::string limit_of(const Figure& figure) {
  return figure.at_most ? fmt::format("{:.4g}", *figure.at_most) : "";
}

const char* word_for(const Figure& figure) {
  return !figure.at_most ? "" : reached(figure) ? "yes" : "NO";
}

// As people read it: µ and × are one column each.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, columns(text)), ' ');
}

}  // namespace

void Figures::add(Figure figure) {
  figures_.push_back(std::move(figure));
}

void Figures::failed(const std::string& what, const std::string& why) {
  failed_.push_back({what, why});
}

bool Figures::all_reached() const {
  return failed_.empty() && std::all_of(figures_.begin(), figures_.end(), reached);
}

void Figures::print() const {
  std::size_t widest = 0;
  for (const Figure& figure : figures_)
    widest = std::max(widest, columns(figure.name));
  fmt::print("{}  {:>10}  {:<14}  {:>8}  {:<7}  {}\n", padded("figure", widest), "value", "unit", "at most",
             "reached", "beside");
  for (const Figure& figure : figures_)
    fmt::print("{}  {:>10.4g}  {}  {:>8}  {:<7}  {}\n", padded(figure.name, widest), figure.value,
               padded(figure.unit, 14), limit_of(figure), word_for(figure), figure.beside);
  for (const Failed& failure : failed_)
    fmt::print("NOT MEASURED: {}: {}\n", failure.what, failure.why);
}

void Figures::write_json(const std::filesystem::path& file) const {
  nlohmann::ordered_json all;
  all["all_reached"] = all_reached();
  for (const Figure& figure : figures_) {
    nlohmann::ordered_json one = {{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}};
    if (figure.at_most) {
      one["at_most"] = *figure.at_most;
      one["reached"] = reached(figure);
    }
    if (!figure.beside.empty()) one["beside"] = figure.beside;
    all["figures"].push_back(std::move(one));
  }
  for (const Failed& failure : failed_)
    all["not_measured"].push_back({{"name", failure.what}, {"why", failure.why}});
  std::ofstream(file) << all.dump(1) << '\n';
}

}  // namespace bench
