// SPDX-License-Identifier: GPL-2.0-or-later
// Recorded calls played again: what was recorded is heard, and where our answers part from the recorded ones
// is said.
#include <doctest/doctest.h>
#include <poll.h>
#include <sndfile.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "hw/wav/wav_line.hpp"
#include "src/base/errors.hpp"
#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/v21_sound.hpp"

using hw::Block;
using hw::LineEvent;
using v21_test::frames_as_sound;
using v21_test::Octets;
using v21_test::put;
using v21_test::Samples;
using Events = std::vector<LineEvent>;

namespace {

struct Recorded {
  unit::ScratchFolder folder;
  std::string file = folder.path / "call.wav";

  void record(const std::vector<Samples>& tracks, int rate = 8000,
              int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16) {
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = static_cast<int>(tracks.size());
    info.format = format;
    SNDFILE* sound = ::sf_open(file.c_str(), SFM_WRITE, &info);
    REQUIRE(sound != nullptr);
    for (std::size_t i = 0; i < tracks[0].size(); ++i) {
      std::vector<std::int16_t> frame;
      for (const Samples& track : tracks)
        frame.push_back(i < track.size() ? track[i] : std::int16_t{0});
      REQUIRE(::sf_writef_short(sound, frame.data(), 1) == 1);
    }
    ::sf_close(sound);
  }

  std::string failure() const {
    try {
      hw::open_wav_line(file);
    } catch (const base::Failure& wrong) {
      return wrong.what();
    }
    return "";
  }

  // Receives the whole call and says `answers` from the answer on. What the line remarks.
  std::string replay(const Samples& answers) const {
    const auto line = hw::open_wav_line(file);
    while (line->next_event() != LineEvent::ring_ends) {
    }
    line->answer();
    Block heard, said;
    for (std::size_t at = 0; line->read(heard); at += said.size()) {
      said.fill(0);
      for (std::size_t i = 0; i < said.size() && at + i < answers.size(); ++i)
        said[i] = answers[at + i];
      line->write(said);
    }
    line->hang_up();
    return std::string(line->remark());
  }
};

Events events_of(hw::Line& line) {
  Events events;
  for (auto event = line.next_event(); event != LineEvent::none; event = line.next_event())
    events.push_back(event);
  return events;
}

bool readable(const hw::Line& line) {
  pollfd poll_fd{line.fd(), POLLIN, 0};
  return ::poll(&poll_fd, 1, 0) == 1;
}

Samples counting(std::size_t samples) {
  Samples sound(samples);
  for (std::size_t i = 0; i < samples; ++i)
    sound[i] = static_cast<std::int16_t>(i);
  return sound;
}

const Octets mcf = {0xff, 0x13, 0x8c};
const Octets rtn = {0xff, 0x13, 0x4c};
const Octets dis = {0xff, 0x13, 0x80, 0x00, 0xce, 0xf8, 0x80, 0x00};

// 20 s in which DIS is said at 3 s and MCF at 12 s, each after its second of flags.
Samples usual_answers() {
  Samples track(20 * 8000, 0);
  put(track, 3 * 8000, frames_as_sound({dis}));
  put(track, 12 * 8000, frames_as_sound({mcf}));
  return track;
}

}  // namespace

TEST_CASE_FIXTURE(Recorded, "a recorded call rings, is answered, is heard to its end, and no other comes") {
  const Samples sound = counting(1000);
  record({sound});
  const auto line = hw::open_wav_line(file);
  CHECK(line->poll_timeout_ms() == 0);
  CHECK(events_of(*line) == Events{LineEvent::ring_begins, LineEvent::ring_ends});
  CHECK(readable(*line));
  CHECK(line->identity().called.empty());
  CHECK(line->identity().caller_number.empty());
  line->answer();
  Samples heard;
  Block block;
  while (line->read(block)) {
    heard.insert(heard.end(), block.begin(), block.end());
    line->write(block);
  }
  REQUIRE(heard.size() == 1120);  // whole blocks
  CHECK(std::equal(sound.begin(), sound.end(), heard.begin()));
  CHECK(std::all_of(heard.begin() + 1000, heard.end(), [](std::int16_t sample) { return sample == 0; }));
  CHECK_FALSE(readable(*line));  // whoever waits for more sleeps
  CHECK(events_of(*line) == Events{LineEvent::caller_gone});
  line->hang_up();
  CHECK(line->poll_timeout_ms() == 0);
  CHECK(events_of(*line) == Events{LineEvent::no_more_calls});
  CHECK(line->remark().empty());
  CHECK(line->poll_timeout_ms() == -1);
}

TEST_CASE_FIXTURE(Recorded, "we hang up before the recording ends: no other call comes") {
  record({counting(1000)});
  const auto line = hw::open_wav_line(file);
  events_of(*line);
  line->answer();
  Block block;
  REQUIRE(line->read(block));
  line->hang_up();
  CHECK_FALSE(line->read(block));
  CHECK(events_of(*line) == Events{LineEvent::no_more_calls});
  CHECK_FALSE(readable(*line));
}

TEST_CASE_FIXTURE(Recorded, "it goes on ringing for who counts rings, and gives up after ten") {
  record({counting(1000)});
  const auto line = hw::open_wav_line(file);
  Block block;
  Events events;
  unsigned blocks = 0;
  do {
    for (const LineEvent event : events_of(*line))
      events.push_back(event);
  } while (line->read(block) && ++blocks < 10'000);
  for (const LineEvent event : events_of(*line))
    events.push_back(event);
  CHECK(std::count(events.begin(), events.end(), LineEvent::ring_ends) == 10);
  CHECK(blocks == 2999);
  REQUIRE(events.size() == 22);
  CHECK(events[20] == LineEvent::caller_gone);
  CHECK(events[21] == LineEvent::no_more_calls);
}

TEST_CASE_FIXTURE(Recorded, "it waits while no call may come") {
  record({counting(1000)});
  const auto line = hw::open_wav_line(file);
  line->accept_calls(false);
  CHECK(events_of(*line).empty());
  CHECK(line->poll_timeout_ms() == -1);
  CHECK_FALSE(readable(*line));
  line->accept_calls(true);
  CHECK(line->poll_timeout_ms() == 0);
  CHECK(events_of(*line) == Events{LineEvent::ring_begins, LineEvent::ring_ends});
}

TEST_CASE_FIXTURE(Recorded, "of a stereo recording the left side is the caller") {
  record({counting(800), Samples(800, 77)});
  const auto line = hw::open_wav_line(file);
  events_of(*line);
  line->answer();
  Block block;
  REQUIRE(line->read(block));
  REQUIRE(line->read(block));
  CHECK(block[0] == 160);
}

TEST_CASE_FIXTURE(Recorded, "µ-law and A-law recordings are read too") {
  for (const int coding : {SF_FORMAT_ULAW, SF_FORMAT_ALAW}) {
    record({Samples(800, 8000)}, 8000, SF_FORMAT_WAV | coding);
    const auto line = hw::open_wav_line(file);
    events_of(*line);
    line->answer();
    Block block;
    REQUIRE(line->read(block));
    CHECK(std::abs(block[0] - 8000) < 250);
  }
}

TEST_CASE_FIXTURE(Recorded, "a recording that cannot be a call is refused, and told why") {
  CHECK(failure().find("wav:" + file + ": cannot read the recording") == 0);
  std::ofstream(file) << "RIFF what is this";
  CHECK(failure().find("cannot read the recording") != std::string::npos);
  record({counting(100)}, 44'100);
  CHECK(failure().find("44100 samples a second; a telephone line has 8000") != std::string::npos);
  record({counting(100), {}, {}});
  CHECK(failure().find("3 channels; one is the caller, two are caller and answers") != std::string::npos);
  record({counting(100)}, 8000, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
  CHECK(failure().find("neither 16-bit nor µ-law nor A-law") != std::string::npos);
  record({{}});
  CHECK(failure().find("empty") != std::string::npos);
}

TEST_CASE_FIXTURE(Recorded,
                  "a recording whose header promises more than the file holds ends where the file does") {
  record({counting(1600)});
  std::filesystem::resize_file(file, 44 + 2 * 800);
  const auto line = hw::open_wav_line(file);
  events_of(*line);
  line->answer();
  Block block;
  int blocks = 0;
  while (line->read(block))
    ++blocks;
  CHECK(blocks == 5);
}

TEST_CASE_FIXTURE(Recorded, "we answer as the recording has it: so it is said") {
  record({Samples(20 * 8000, 0), usual_answers()});
  CHECK(replay(usual_answers()) == "our answers are those of the recording, 2 V.21 frames");
  Samples later(20 * 8000, 0);  // by a second and a half
  put(later, 9 * 4000, frames_as_sound({dis}));
  put(later, 12 * 8000, frames_as_sound({mcf}));
  CHECK(replay(later) == "our answers are those of the recording, 2 V.21 frames");
}

TEST_CASE_FIXTURE(Recorded, "we answer otherwise: the second is named, and what either said") {
  record({Samples(20 * 8000, 0), usual_answers()});
  Samples answers(20 * 8000, 0);
  put(answers, 3 * 8000, frames_as_sound({dis}));
  SUBCASE("another word") {
    put(answers, 12 * 8000, frames_as_sound({rtn}));
    CHECK(replay(answers) == "the answers part at 13.2 s: the recording has ff 13 8c, we said ff 13 4c");
  }
  SUBCASE("nothing") {
    CHECK(replay(answers) == "the answers part at 13.2 s: the recording has ff 13 8c, we said nothing there");
  }
  SUBCASE("the right word far too late") {
    put(answers, 16 * 8000, frames_as_sound({mcf}));
    CHECK(replay(answers) == "the answers part at 13.2 s: the recording has ff 13 8c, we said nothing there");
  }
  SUBCASE("a word where the recording is silent") {
    put(answers, 7 * 8000, frames_as_sound({rtn}));
    put(answers, 12 * 8000, frames_as_sound({mcf}));
    CHECK(replay(answers) == "the answers part at 8.2 s: the recording is silent there, we said ff 13 4c");
  }
}

TEST_CASE_FIXTURE(Recorded, "nobody said a thing on either side") {
  record({Samples(8000, 0), Samples(8000, 0)});
  CHECK(replay({}) == "neither the recording's answers nor ours have a single V.21 frame");
}
