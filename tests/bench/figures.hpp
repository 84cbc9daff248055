// SPDX-License-Identifier: GPL-2.0-or-later
// The figures of a run: collected, printed as a table, written as JSON. A figure with a limit that it does not
// keep makes the run a failure.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bench {

struct Figure {
  std::string name;  // "CPU a channel-second, V.17"
  double value;
  std::string unit;               // "% of a core"
  std::optional<double> at_most;  // what it must reach
  std::string beside;             // what it is to be seen beside: "spandsp 0.063"
};

class Figures {
 public:
  void add(Figure figure);
  // Something that was to be measured and could not be: the run is a failure.
  void failed(const std::string& what, const std::string& why);
  [[nodiscard]] bool all_reached() const;
  void print() const;
  void write_json(const std::filesystem::path& file) const;

 private:
  struct Failed {
    std::string what, why;
  };
  std::vector<Figure> figures_;
  std::vector<Failed> failed_;
};

}  // namespace bench
