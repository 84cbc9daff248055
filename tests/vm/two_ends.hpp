// SPDX-License-Identifier: GPL-2.0-or-later
// What a story in the guest is made of: the telephone exchange (tests/vm/central_office) with callers on one end of the
// driver's lines, and on the other end a channel of ours, or programs of ours.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hw/dahdi/channel.hpp"
#include "hw/exchange/exchange_caller.hpp"
#include "hw/line.hpp"
#include "tests/scenario/process.hpp"

namespace vm {

using Samples = std::vector<std::int16_t>;
using Words = std::vector<std::string>;

// Channel N of the exchange is joined to this one of ours (tests/vm/system.conf).
constexpr unsigned our_channel(unsigned exchanges) {
  return exchanges + 16;
}

// What is read from the host while the guest sleeps makes the guest's time jump (tests/vm/run), and a call would lose
// samples by it: programs of the build, and their libraries, are read before the first call. Once each.
void read_files_from_host(const std::string& files);

// For 2 s from the opening of a channel on, the driver tells of no ring (RING_DEBOUNCE_TIME).
constexpr std::chrono::milliseconds deaf_to_rings(2100);

class CentralOffice {
 public:
  explicit CentralOffice(const std::string& channels, const Words& options = {});
  ~CentralOffice();
  CentralOffice(const CentralOffice&) = delete;
  CentralOffice& operator=(const CentralOffice&) = delete;

  [[nodiscard]] std::filesystem::path lines() const { return folder_ / "lines"; }  // where to call
  [[nodiscard]] std::filesystem::path folder() const { return folder_; }  // for the story's other files
  [[nodiscard]] std::string log() const { return program_.log(); }
  bool log_says(const std::string& words);  // eventually

 private:
  std::filesystem::path folder_;
  scenario::Process program_;
};

// The line's time: as the driver keeps it, 20 ms for 20 ms.
class RealTime {
 public:
  RealTime();
  void wait_for_next_block();
  [[nodiscard]] double seconds() const { return static_cast<double>(blocks_) / 50; }

 private:
  std::int64_t began_ns_;
  std::int64_t blocks_ = 0;
};

// The channel at our end, by the driver's own calls: whatever the driver tells is kept.
class OurEnd {
 public:
  explicit OurEnd(unsigned number);

  // Takes what has come; off-hook, one block is said for each that is heard.
  void work();
  void off_hook();
  void on_hook();
  void say(Samples sound) { to_say_ = std::move(sound); }  // then silence
  [[nodiscard]] long count(int event) const;
  [[nodiscard]] const Samples& heard() const { return heard_; }

 private:
  std::unique_ptr<hw::dahdi::Channel> channel_;
  bool off_hook_ = false;
  std::vector<int> events_;
  Samples heard_, to_say_;
};

// Takes a span's channels away and gives them back, as if a card were pulled out and put in again, whoever uses them. Of
// the exchange's spans, our ends of the same lines are then in alarm. The other spans stay as they are.
void take_span_away(unsigned span);
void give_span_back(unsigned span);
void give_span_back_unconfigured(unsigned span);
void configure_span(unsigned span);  // dahdi_cfg, as system.conf says

// The first 160 samples of the sound, which are taken from it; silence follows the last.
hw::Block take_block(Samples& sound);
// Noise in values that µ-law has, so that nothing is lost in coding it.
Samples ulaw_noise(std::size_t blocks, std::uint32_t seed);
bool contains(const Samples& sound, const Samples& part);

}  // namespace vm
