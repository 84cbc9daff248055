// SPDX-License-Identifier: GPL-2.0-or-later
// How a scripted caller sends its pages.
#include <fmt/format.h>

#include <algorithm>

#include "src/base/errors.hpp"
#include "tests/calls/scripted_caller.hpp"

namespace calls {

void ScriptedCaller::take(const Image& image) {
  const Carrier carrier = carrier_for(image.carrier, image.talker_echo_tone, image.long_training);
  say(sound_of(image, carrier), "image " + image.page);
}

void ScriptedCaller::take(const Ecm& ecm) {
  Ecm counted = ecm;
  const std::vector<CodedFrame> frames = frames_of(counted);
  last_block_ = counted.count;
  const Carrier carrier = carrier_for(ecm.carrier, ecm.talker_echo_tone, ecm.long_training);
  say(say_fast(carrier, ecm_bits(frames, ecm.rcp, carrier.bps), level_dbm0_),
      fmt::format("{} frames of {}, block {}", frames.size(), ecm.page, ecm.count.block));
}

void ScriptedCaller::take(const Deliver& deliver) {
  Ecm ecm = deliver.ecm;
  for (unsigned round = 0; round < most_pprs; ++round) {
    take(ecm);
    const HeardFrame* heard = answer_to(Send{{deliver.pps}, 1000}, most_tries);
    while (heard != nullptr && heard->name == "RNR")
      heard = answer_to(Send{{frame_from_words(std::vector<std::string>{"RR"}, true)}, 1000}, most_tries);
    if (heard != nullptr && heard->name == "MCF") return;
    if (heard == nullptr || heard->name != "PPR")
      throw base::Failure("heard {} instead of MCF, PPR or RNR", heard != nullptr ? heard->name : "nothing");
    ecm.only = missing_after(*heard);
  }
  throw base::Failure("{} PPRs and no MCF", most_pprs);
}

Carrier ScriptedCaller::carrier_for(const std::optional<Carrier>& said, bool talker_echo_tone,
                                    bool long_training) {
  Carrier carrier = said ? *said : agreed_.carrier.value_or(Carrier{});
  carrier.short_training = carrier.modem == modem::FastModem::v17 && !long_training;
  carrier.talker_echo_tone = talker_echo_tone;
  return carrier;
}

Samples ScriptedCaller::sound_of(const Image& image, const Carrier& carrier) {
  Handling handling = image.handling;
  handling.long_row_bits = std::size_t{carrier.bps} * image.long_row_ms / 1000;
  const page::Coding coding = agreed_.coding.value_or(page::Coding::mh);
  Samples sound = say_fast(carrier, code_page(story_.pages.at(image.page), coding, handling), level_dbm0_);
  const std::size_t gap = sound.size() * image.gap_at_percent / 100;
  const std::size_t gap_end = std::min(sound.size(), gap + samples_of_ms(image.gap_ms));
  std::fill(sound.begin() + static_cast<std::ptrdiff_t>(gap),
            sound.begin() + static_cast<std::ptrdiff_t>(gap_end), 0);
  sound.resize(sound.size() * image.cut_percent / 100);
  return sound;
}

// The frames to be sent; the block's count is filled in.
std::vector<CodedFrame> ScriptedCaller::frames_of(Ecm& ecm) const {
  const Octets octets = code_octets(story_.pages.at(ecm.page), agreed_.coding.value_or(page::Coding::mh));
  const std::size_t size = agreed_.ecm_frame_octets,
                    begin = std::min(octets.size(), ecm.count.block * 256 * size);
  const std::size_t needed = std::min<std::size_t>(256, (octets.size() - begin + size - 1) / size);
  if (needed == 0) throw base::Failure("{} has no block {}", ecm.page, ecm.count.block);
  if (ecm.count.frames == 0) ecm.count.frames = static_cast<unsigned>(needed);
  std::vector<CodedFrame> frames;
  for (unsigned number = 0; number < ecm.count.frames; ++number) {
    if (ecm.only && std::find(ecm.only->begin(), ecm.only->end(), number) == ecm.only->end()) continue;
    const std::size_t first = std::min(octets.size(), begin + number * size),
                      last = std::min(octets.size(), first + size);
    frames.push_back(
        {static_cast<std::uint8_t>(number), Octets(octets.begin() + static_cast<std::ptrdiff_t>(first),
                                                   octets.begin() + static_cast<std::ptrdiff_t>(last))});
    if (!ecm.short_last) frames.back().octets.resize(size);
  }
  return frames;
}

}  // namespace calls
