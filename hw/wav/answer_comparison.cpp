// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/wav/answer_comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "hw/line.hpp"
#include "src/modem/v21_frames.hpp"

namespace hw {
namespace {

// Two machines answer the same command within T.30's response times, not at the same sample.
constexpr std::uint64_t same_moment_samples = 2 * samples_per_second;
constexpr std::size_t octets_shown = 16;

struct Frame {
  std::vector<std::uint8_t> octets;
  std::uint64_t ended_at;
};

// CSI and NSF (T.30, 5.3.6.2.4 and 5.3.6.2.7) say who answers, and no caller does anything else because of
// them: a recording from another site would part there, before the interesting place.
bool only_names_us(std::span<const std::uint8_t> octets) {
  constexpr std::uint8_t csi = 0x40;
  constexpr std::uint8_t nsf = 0x20;
  return octets.size() > 2 && (octets[2] == csi || octets[2] == nsf);
}

std::vector<Frame> frames_in(std::span<const std::int16_t> samples) {
  std::vector<Frame> frames;
  modem::V21Frames listener([&frames](std::span<const std::uint8_t> octets, std::uint64_t ended_at) {
    if (only_names_us(octets)) return;
    frames.push_back({{octets.begin(), octets.end()}, ended_at});
  });
  listener.hear(samples);
  return frames;
}

std::string shown(const Frame& frame) {
  const auto first = std::span(frame.octets).first(std::min(frame.octets.size(), octets_shown));
  const std::string hex = fmt::format("{:02x}", fmt::join(first, " "));
  return first.size() == frame.octets.size() ? hex
                                             : fmt::format("{} ... ({} octets)", hex, frame.octets.size());
}

bool comes_first(const Frame* frame, const Frame* other) {
  return frame != nullptr && (other == nullptr || frame->ended_at + same_moment_samples < other->ended_at);
}

// Empty: the two are one and the same answer.
std::string difference(const Frame* recorded, const Frame* said) {
  const auto seconds = [](const Frame& frame) {
    return static_cast<double>(frame.ended_at) / samples_per_second;
  };
  if (comes_first(recorded, said))
    return fmt::format("the answers part at {:.1f} s: the recording has {}, we said nothing there",
                       seconds(*recorded), shown(*recorded));
  if (comes_first(said, recorded))
    return fmt::format("the answers part at {:.1f} s: the recording is silent there, we said {}",
                       seconds(*said), shown(*said));
  if (recorded->octets == said->octets) return {};
  return fmt::format("the answers part at {:.1f} s: the recording has {}, we said {}", seconds(*said),
                     shown(*recorded), shown(*said));
}

}  // namespace

std::string compare_answers(std::span<const std::int16_t> recorded, std::span<const std::int16_t> said) {
  const std::vector<Frame> theirs = frames_in(recorded);
  const std::vector<Frame> ours = frames_in(said);
  for (std::size_t i = 0; i < std::max(theirs.size(), ours.size()); ++i) {
    std::string what =
        difference(i < theirs.size() ? &theirs[i] : nullptr, i < ours.size() ? &ours[i] : nullptr);
    if (!what.empty()) return what;
  }
  if (ours.empty()) return "neither the recording's answers nor ours have a single V.21 frame";
  return fmt::format("our answers are those of the recording, {} V.21 frames", ours.size());
}

}  // namespace hw
