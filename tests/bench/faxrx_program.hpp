// SPDX-License-Identifier: GPL-2.0-or-later
// The real dahdi-faxrx with lines of the software exchange, in a folder of its own, nobody to hand faxes to.
// For benchmarks and for the proof about the audio loop.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/scenario/process.hpp"

namespace bench {

class FaxrxProgram {
 public:
  // Starts it and waits until it is ready. Throws base::Failure with its log when it is not.
  FaxrxProgram(const std::filesystem::path& folder, unsigned lines);
  // With `lines` as -c takes them, instead of the exchange's.
  FaxrxProgram(const std::filesystem::path& folder, const std::vector<std::string>& lines);
  ~FaxrxProgram();
  FaxrxProgram(const FaxrxProgram&) = delete;
  FaxrxProgram& operator=(const FaxrxProgram&) = delete;

  [[nodiscard]] std::filesystem::path lines() const { return folder_ / "lines"; }
  [[nodiscard]] pid_t process(const std::string& name) const;  // "faxrx line 1"; throws base::Failure
  [[nodiscard]] std::vector<pid_t> all_processes() const;      // the supervisor too
  // Documents that wait to be handed over, whole, of so many pages.
  [[nodiscard]] unsigned whole_faxes(unsigned pages) const;
  // Until there are so many, or a minute is over; how many there are then.
  [[nodiscard]] unsigned await_whole_faxes(unsigned faxes, unsigned pages) const;

 private:
  std::filesystem::path folder_;
  scenario::Process program_;
};

}  // namespace bench
