// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "src/base/durable_file.hpp"
#include "src/base/remote_text.hpp"
#include "src/base/secret_lines.hpp"

namespace base {
namespace {

constexpr std::size_t largest_config_bytes = 1 << 20;
// Each dot of a dotted key is a table in a table, which the parser takes apart by recursion.
constexpr std::size_t longest_line_bytes = 8192;
constexpr std::size_t longest_shown = 160;  // characters of a line in a message

std::string kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

std::size_t byte_of_character(std::string_view text, std::size_t character) {
  std::size_t at = 0;
  for (; at < text.size(); ++at)
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U && character-- == 0) break;
  return at;
}

// The part of a line around a column (in characters, from 1), safe for a terminal; the column becomes the
// part's own.
std::string part_to_show(const std::string& line, std::size_t& column) {
  const std::size_t first = column > longest_shown ? column - longest_shown / 2 : 1;
  column -= first - 1;
  const std::size_t begin = byte_of_character(line, first - 1);
  const std::string part =
      line.substr(begin, byte_of_character(std::string_view(line).substr(begin), longest_shown));
  return printable("|" + part, 4 * longest_shown + 1).substr(1);  // the bar keeps the spaces before the text
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

}  // namespace

std::string Mistakes::text() const {
  return fmt::format("{}", fmt::join(texts_, "\n\n"));
}

std::optional<std::string> nearest_word(std::string_view word,
                                        const std::set<std::string, std::less<>>& known) {
  std::optional<std::string> nearest;
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

ConfigFile::ConfigFile(const std::filesystem::path& path, Mistakes& mistakes)
    : ConfigFile(path.string(), read_file(path, largest_config_bytes), mistakes) {}

ConfigFile::ConfigFile(std::string name, const std::string& text, Mistakes& mistakes)
    : name_(std::move(name)), mistakes_(mistakes) {
  std::istringstream stream(text);
  std::size_t longest = 0;
  for (std::string line; longest <= longest_line_bytes && std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    longest = std::max(longest, line.size());
    std::replace(line.begin(), line.end(), '\t', ' ');
    lines_.push_back(line);
  }
  lines_ = without_passwords(lines_);
  if (longest > longest_line_bytes) {
    mistake({static_cast<toml::source_index>(lines_.size()), 1},
            fmt::format("a line has at most {} bytes, this one {}", longest_line_bytes, longest));
    return;
  }
  try {
    root_ = toml::parse(text);
  } catch (const toml::parse_error& error) {
    mistake(error.source().begin, error.description());
  }
}

void ConfigFile::mistake(toml::source_position where, std::string_view what) const {
  const std::size_t column = where.column == 0 ? 1 : where.column;
  std::size_t caret = column;
  const std::string line = where.line >= 1 && where.line <= lines_.size() ? lines_[where.line - 1] : "";
  const std::string shown = part_to_show(line, caret);
  mistakes_.add(
      fmt::format("{}:{}:{}: {}\n    {}\n    {:>{}}", name_, where.line, column, what, shown, "^", caret));
}

const toml::node* ConfigTable::node(std::string_view key) {
  known_.emplace(key);
  return table_ == nullptr ? nullptr : table_->get(key);
}

bool ConfigTable::has(std::string_view key) const {
  return table_ != nullptr && table_->contains(key);
}

std::string ConfigTable::place() const {
  return table_ == nullptr ? file_->name() : fmt::format("{}:{}", file_->name(), table_->source().begin.line);
}

void ConfigTable::mistake(std::string_view key, std::string_view what) const {
  const toml::node* at = table_ == nullptr ? nullptr : table_->get(key);
  if (at == nullptr) at = table_;
  file_->mistake(at == nullptr ? toml::source_position{} : at->source().begin, what);
}

std::string ConfigTable::text(std::string_view key, std::string_view fallback) {
  const toml::node* value = node(key);
  if (value == nullptr) return std::string(fallback);
  if (const auto* text = value->as_string()) return text->get();
  mistake(key, fmt::format("\"{}\" is a text in quotes, not {}", key, kind_of(*value)));
  return std::string(fallback);
}

long ConfigTable::number(std::string_view key, long min, long max, long fallback) {
  const toml::node* value = node(key);
  if (value == nullptr) return fallback;
  const auto* number = value->as_integer();
  if (number != nullptr && number->get() >= min && number->get() <= max) return number->get();
  mistake(key, fmt::format("\"{}\" is a whole number from {} to {}", key, min, max));
  return fallback;
}

double ConfigTable::real(std::string_view key, double min, double max, double fallback) {
  const toml::node* value = node(key);
  if (value == nullptr) return fallback;
  const std::optional<double> number = value->is_number() ? value->value<double>() : std::nullopt;
  if (number && *number >= min && *number <= max) return *number;
  mistake(key, fmt::format("\"{}\" is a number from {} to {}", key, min, max));
  return fallback;
}

bool ConfigTable::flag(std::string_view key, bool fallback) {
  const toml::node* value = node(key);
  if (value == nullptr) return fallback;
  if (const auto* flag = value->as_boolean()) return flag->get();
  mistake(key, fmt::format("\"{}\" is true or false, without quotes, not {}", key, kind_of(*value)));
  return fallback;
}

std::string ConfigTable::choice(std::string_view key, const std::vector<std::string>& choices,
                                std::string_view fallback) {
  std::string value = text(key, fallback);
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  mistake(key, fmt::format("\"{}\" is one of \"{}\"", key, fmt::join(choices, "\", \"")));
  return std::string(fallback);
}

std::vector<std::string> ConfigTable::texts(std::string_view key) {
  const toml::node* value = node(key);
  if (value == nullptr) return {};
  if (const auto* text = value->as_string()) return {text->get()};
  std::vector<std::string> all;
  if (const auto* list = value->as_array()) {
    for (const toml::node& item : *list)
      if (const auto* text = item.as_string()) all.push_back(text->get());
    if (all.size() == list->size()) return all;
  }
  mistake(key, fmt::format("\"{}\" is a text in quotes, or a list of them: [\"one\", \"two\"]", key));
  return {};
}

ConfigTable ConfigTable::table(std::string_view key) {
  const toml::node* value = node(key);
  const std::string name = name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
  if (value != nullptr && !value->is_table()) mistake(key, fmt::format("\"{}\" is a table: [{}]", key, name));
  return {*file_, value == nullptr ? nullptr : value->as_table(), name};
}

std::vector<ConfigTable> ConfigTable::tables(std::string_view key) {
  const toml::node* value = node(key);
  if (value == nullptr) return {};
  std::vector<ConfigTable> all;
  const auto* list = value->as_array();
  if (list != nullptr && list->is_homogeneous(toml::node_type::table)) {
    for (const toml::node& item : *list)
      all.emplace_back(*file_, item.as_table(), std::string(key));
    return all;
  }
  mistake(key, fmt::format("\"{}\" is a list of tables, each begun by a line [[{}]]", key, key));
  return {};
}

void ConfigTable::reject_unknown() const {
  if (table_ == nullptr) return;
  for (const auto& [key, value] : *table_) {
    if (known_.count(key.str()) != 0) continue;
    std::string what = fmt::format("there is no setting \"{}\"", key.str());
    if (!name_.empty()) what += fmt::format(" in [{}]", name_);
    if (const auto nearest = nearest_word(key.str(), known_))
      what += fmt::format("; did you mean \"{}\"?", *nearest);
    file_->mistake(key.source().begin, what);
  }
}

}  // namespace base
