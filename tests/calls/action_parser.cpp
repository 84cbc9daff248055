// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/action_parser.hpp"

#include <algorithm>
#include <array>

#include "src/base/errors.hpp"

namespace calls {
namespace {

Sound sound_from(Words& words) {
  const std::string name = words.next("a sound");
  const std::array<std::pair<const char*, SoundKind>, 7> kinds = {{{"tone", SoundKind::tone},
                                                                   {"cng", SoundKind::cng},
                                                                   {"click", SoundKind::click},
                                                                   {"noise", SoundKind::noise},
                                                                   {"voice", SoundKind::voice},
                                                                   {"v8-ci", SoundKind::v8_ci},
                                                                   {"v8-cm", SoundKind::v8_cm}}};
  const auto* kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == name; });
  if (kind == kinds.end()) throw base::Failure("\"{}\" is no sound", name);
  Sound sound{kind->second, 0, 500, words.take_with_unit("dBm0").value_or(-14)};
  if (sound.kind == SoundKind::tone)
    sound.hertz = static_cast<unsigned>(words.take_with_unit("Hz").value_or(1000));
  if (sound.kind != SoundKind::click) sound.ms = words.take_ms("for", 500);
  return sound;
}

const std::string& known_page(const Story& story, const std::string& name) {
  const auto found = story.pages.find(name);
  if (found == story.pages.end())
    throw base::Failure("no page is called \"{}\"; a line \"page {} rows=40\" makes it", name, name);
  return found->first;
}

std::optional<Carrier> take_carrier(Words& words) {
  for (const std::string& word : words.all())
    if (const auto carrier = carrier_from_word(word)) {
      words.take(std::string(word));
      return carrier;
    }
  return std::nullopt;
}

Send commands_from(Words& words) {
  Send send{{}, words.take_ms("preamble", 1000)};
  if (!words.empty() && words.all().back() == ";")
    throw base::Failure("a frame is missing behind the last ;");
  for (;;) {
    const std::vector<std::string> part = words.take_part();
    send.frames.push_back(frame_from_words(part, words.empty()));
    if (words.empty()) return send;
  }
}

unsigned percent_from(const std::optional<std::string>& value, unsigned otherwise) {
  return value ? static_cast<unsigned>(with_unit(*value, "%")) : otherwise;
}

Ecm block_from(const Story& story, Words& words) {
  Ecm ecm{known_page(story, words.next("the page's name")),
          take_carrier(words),
          words.take("tep"),
          words.take("long"),
          {words.take_number("page", 0), words.take_number("block", 0), words.take_number("frames", 0)},
          std::nullopt,
          words.take_number("rcp", 3),
          words.take("short-last")};
  if (const auto only = words.take_key("send")) ecm.only = numbers_from(*only);
  return ecm;
}

}  // namespace

Action pause_from(const Story&, Words& words) {
  return Pause{ms_from(words.next("how long"))};
}

Action play_from(const Story&, Words& words) {
  return Play{sound_from(words)};
}

Action meanwhile_from(const Story&, Words& words) {
  const unsigned after_ms = words.take_ms("after", 0);
  return Meanwhile{sound_from(words), after_ms};
}

Action level_from(const Story&, Words& words) {
  return Level{with_unit(words.next("the level"), "dBm0")};
}

Action send_from(const Story&, Words& words) {
  return commands_from(words);
}

Action agree_from(const Story&, Words& words) {
  return Agree{commands_from(words)};
}

Action tcf_from(const Story&, Words& words) {
  return Tcf{take_carrier(words), words.take("tep"), words.take_ms("lasts", 1500),
             percent_from(words.take_key("wrong"), 0)};
}

Action ecm_from(const Story& story, Words& words) {
  return block_from(story, words);
}

Action hang_up_from(const Story&, Words&) {
  return HangUp{};
}

Action image_from(const Story& story, Words& words) {
  Image image{known_page(story, words.next("the page's name")),
              take_carrier(words),
              words.take("tep"),
              words.take("long"),
              {},
              0,
              words.take_ms("gap", 0),
              0,
              0};
  image.gap_at_percent = percent_from(words.take_key("at"), 50);
  image.cut_percent = percent_from(words.take_key("cut"), 100);
  Handling& handling = image.handling;
  handling.rtc = !words.take("no-rtc");
  handling.garbage_before = words.take_number("garbage-before", 0);
  handling.garbage_after = words.take_number("garbage-after", 0);
  if (const auto rows = words.take_key("bad-rows")) {
    handling.bad_from = numbers_from(*rows).front();
    handling.bad_to = numbers_from(*rows).back();
  }
  if (const auto row = words.take_key("row")) handling.long_row = number_from(*row);
  image.long_row_ms = words.take_ms("lasts", 0);
  return image;
}

Action deliver_from(const Story& story, Words& words) {
  Words first(words.take_part());
  Ecm ecm = block_from(story, first);
  first.end();
  return Deliver{std::move(ecm), frame_from_words(words.take_part(), true)};
}

// T.30, 5.4.3.1: a caller waits T4, 3 s, for its answer; for DIS, CED and a station's name come before it.
Action hear_from(const Story&, Words& words) {
  const std::optional<std::string> within = words.take_key("within");
  Hear hear{{}, words.take("hang-up"), 0, std::nullopt};
  if (words.take("nothing")) {
    hear.ms = words.take_ms("for", 5000);
    return hear;
  }
  if (const auto missing = words.take_key("missing")) hear.missing = numbers_from(*missing);
  while (!words.empty()) {
    const std::string name = words.next("a frame's name");
    if (name != "or") hear.names.push_back(name);
  }
  if (hear.names.empty() && !hear.hang_up) throw base::Failure("it is not said what is to be heard");
  const bool may_be_dis = std::find(hear.names.begin(), hear.names.end(), "DIS") != hear.names.end();
  hear.ms = within ? ms_from(*within) : may_be_dis ? 10'000 : 3000;
  return hear;
}

Action echo_from(const Story&, Words& words) {
  if (words.take("off")) return Echo{0, 0};
  const double db = words.take_with_unit("dB").value_or(-15);
  const unsigned ms = ms_from(words.next("the delay"));
  if (ms < 20) throw base::Failure("an echo takes 20ms or more: the block that makes it");
  return Echo{ms, db};
}

Action disk_from(const Story&, Words& words) {
  if (words.take("full")) return Disk{true, 0};
  if (words.take("ok")) return Disk{false, 0};
  const auto slow = words.take_key("slow");
  if (!slow) throw base::Failure("it is not said how the disk is");
  return Disk{false, ms_from(*slow)};
}

}  // namespace calls
