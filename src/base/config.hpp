// SPDX-License-Identifier: GPL-2.0-or-later
// Configuration files (TOML), read so that the operator hears all his mistakes at once: each with file, line,
// column, the line itself, a caret, and what would be right. Of syntax errors TOML's parser knows the first
// only.
//
//   Mistakes mistakes;
//   ConfigFile file(path, mistakes);                      // a syntax error is a mistake too
//   Settings s; s.rings = file.root().number("rings", 1, 20, s.rings);
//   file.root().reject_unknown();                         // names the nearest key that exists
//   if (!mistakes.empty()) throw Failure(mistakes.text());
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace base {

class Mistakes {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  [[nodiscard]] bool empty() const noexcept { return texts_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return texts_.size(); }
  [[nodiscard]] std::string text() const;  // all of them, a blank line between two

 private:
  std::vector<std::string> texts_;
};

class ConfigFile;

// One [table] of a file. Remembers which keys were asked for.
class ConfigTable {
 public:
  ConfigTable(const ConfigFile& file, const toml::table* table, std::string name)
      : file_(&file), table_(table), name_(std::move(name)) {}

  // Each returns the default when the key is absent or wrong (wrong: a mistake is noted).
  std::string text(std::string_view key, std::string_view fallback);
  long number(std::string_view key, long min, long max, long fallback);
  double real(std::string_view key, double min, double max, double fallback);
  bool flag(std::string_view key, bool fallback);
  // One of `choices`, spelled like them.
  std::string choice(std::string_view key, const std::vector<std::string>& choices,
                     std::string_view fallback);
  // A text or an array of texts.
  std::vector<std::string> texts(std::string_view key);
  ConfigTable table(std::string_view key);                // [key]; absent = an empty table
  std::vector<ConfigTable> tables(std::string_view key);  // [[key]]
  [[nodiscard]] bool has(std::string_view key) const;

  [[nodiscard]] std::string place() const;  // "FILE:LINE", for a sentence of the caller's own

  // A mistake of the caller's own finding, at the key's value; the whole table when it has no such key.
  void mistake(std::string_view key, std::string_view what_and_what_would_be_right) const;
  // Every key that was never asked for is a mistake. Called last, once a table.
  void reject_unknown() const;

 private:
  const toml::node* node(std::string_view key);

  const ConfigFile* file_;
  const toml::table* table_;  // nullptr: absent
  std::string name_;
  std::set<std::string, std::less<>> known_;
};

class ConfigFile {
 public:
  // Reads the file (at most 1 MB). An unreadable file throws std::system_error.
  ConfigFile(const std::filesystem::path& path, Mistakes& mistakes);
  // The same for a text that is already here; `name` stands for the file's name in messages.
  ConfigFile(std::string name, const std::string& text, Mistakes& mistakes);
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  ConfigTable root() const { return {*this, &root_, ""}; }
  void mistake(toml::source_position where, std::string_view what) const;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  std::vector<std::string> lines_;  // as they may be shown
  toml::table root_;
  Mistakes& mistakes_;
};

// The entry of `known` nearest to `word` when it is near enough to be a slip of the pen (edit distance).
std::optional<std::string> nearest_word(std::string_view word,
                                        const std::set<std::string, std::less<>>& known);

}  // namespace base
