// SPDX-License-Identifier: GPL-2.0-or-later
// A call's recording: SPOOL/recordings/CALLID.wav, stereo, 16 bits, 8000 samples a second: left what was heard,
// right what was said, from the answer on, sample for sample, so that `-c wav:` replays it. Not durable: pages
// never wait for it, and it leaves them their room on the disk. Owned by the page process.
#pragma once

#include <sndfile.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "src/base/call_id.hpp"
#include "src/faxrx/ring_records.hpp"

namespace faxrx {

class RecordingFile {
 public:
  // It stops when less than `least_free_bytes` are left on the disk.
  RecordingFile(const std::filesystem::path& folder, const base::CallId& id, std::uint64_t least_free_bytes);

  // A block that is not the one expected next leaves a gap, filled with silence.
  void add(const Audio& audio);
  // The call is over. A recording that is not to be kept goes.
  void close(bool keep);

 private:
  struct CloseSound {
    void operator()(SNDFILE* file) const noexcept { ::sf_close(file); }
  };

  void add_silence(std::uint64_t samples);
  void add_block(const hw::Block& heard, const hw::Block& said);
  void write_out();
  void check_room();
  void give_up(const std::string& why);

  std::filesystem::path file_;
  std::uint64_t least_free_bytes_;
  std::unique_ptr<SNDFILE, CloseSound> sound_;
  std::vector<std::int16_t> waiting_;  // pairs of samples, not yet in the file
  std::uint64_t samples_ = 0, missing_ = 0;
  unsigned writes_ = 0;
};

}  // namespace faxrx
