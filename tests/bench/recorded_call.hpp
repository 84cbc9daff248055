// SPDX-License-Identifier: GPL-2.0-or-later
// The caller's side of a fax call, recorded in memory: spandsp's engine on both ends of a line with a long
// delay. Replayed to a called machine it does not react to what that machine says, so it can be given to any
// receiver at any speed; but each must have its DIS out when the recorded caller answers it, and be done with
// every later answer in time. For the first each engine is started so much before the recording's DIS that
// both finish it together; for the second there is the line's delay: the caller's every signal begins that
// much later than it would beside the recorded machine.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "hw/line.hpp"
#include "src/faxcall/signalling_rate.hpp"

namespace bench {

inline constexpr std::size_t blocks_per_s = hw::samples_per_second / hw::samples_per_block;

struct CallToRecord {
  std::string name;
  faxcall::Modem modem;
  bool ecm;
  faxcall::Coding coding;
  std::filesystem::path file;
};

struct RecordedCall {
  std::string name;
  std::vector<hw::Block> caller;       // from the moment at which our receiver answers
  std::size_t spandsp_answers_at = 0;  // the block of it at which spandsp's engine is to answer
  std::vector<std::size_t> page_ends;  // blocks in which the caller had said MPS, EOM, EOP or PPS
  unsigned pages = 0;
  [[nodiscard]] double seconds() const noexcept { return static_cast<double>(caller.size()) / blocks_per_s; }
};

// `folder`: for files that are of no further use. Throws base::Failure when the two engines do not get along.
RecordedCall record(const CallToRecord& call, const std::filesystem::path& folder);

}  // namespace bench
