// SPDX-License-Identifier: GPL-2.0-or-later
// What support asks for first: a call's recording, sample for sample, and how long it is kept.
#include <doctest/doctest.h>
#include <sndfile.h>

#include <chrono>

#include "src/faxrx/tidy.hpp"
#include "tests/unit/keeper_parts.hpp"

using faxrx::CallOutcome;
using unit::KeeperPlace;
using unit::KeeperStory;
using unit::names_in;
namespace fs = std::filesystem;

namespace {

using Samples = std::vector<std::int16_t>;

// The n-th block of a call: no two samples in a row alike, none of the two sides as the other.
faxrx::Audio block(std::uint64_t n) {
  faxrx::Audio audio{n * hw::samples_per_block, {}, {}};
  for (std::size_t i = 0; i < hw::samples_per_block; ++i) {
    audio.heard[i] = static_cast<std::int16_t>(n * 31 + i * 7);
    audio.said[i] = static_cast<std::int16_t>(-12000 - static_cast<int>(n * 17 + i));
  }
  return audio;
}

Samples pairs_of(const faxrx::Audio& audio) {
  Samples pairs;
  for (std::size_t i = 0; i < hw::samples_per_block; ++i) {
    pairs.push_back(audio.heard[i]);
    pairs.push_back(audio.said[i]);
  }
  return pairs;
}

Samples samples_in(const fs::path& file) {
  SF_INFO info{};
  SNDFILE* sound = ::sf_open(file.c_str(), SFM_READ, &info);
  REQUIRE(sound != nullptr);
  CHECK(info.samplerate == 8000);
  CHECK(info.channels == 2);
  CHECK(info.format == (SF_FORMAT_WAV | SF_FORMAT_PCM_16));
  Samples samples(static_cast<std::size_t>(info.frames) * 2);
  CHECK(::sf_readf_short(sound, samples.data(), info.frames) == info.frames);
  ::sf_close(sound);
  return samples;
}

void put_audio(KeeperStory& story, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t n = from; n < to; ++n)
    story.tell(faxrx::RecordType::audio, block(n));
}

fs::path recording_in(const KeeperPlace& place) {
  return place.scratch / "recordings" / (place.only_in("recordings") + ".wav");
}

struct RecordedPlace : KeeperPlace {
  explicit RecordedPlace(const char* which) { settings.recordings = which; }
};

}  // namespace

TEST_CASE("a recording has both sides from the answer on, sample for sample, under the call's id") {
  const RecordedPlace place("all");
  KeeperStory story(place);
  story.call_begins();
  put_audio(story, 0, 777);
  story.page(unit::letter(1));
  put_audio(story, 777, 1001);
  story.call_ends();
  CHECK(place.only_in("recordings") == place.record().id.text());
  Samples expected;
  for (std::uint64_t n = 0; n < 1001; ++n) {
    const Samples pairs = pairs_of(block(n));
    expected.insert(expected.end(), pairs.begin(), pairs.end());
  }
  CHECK(samples_in(recording_in(place)) == expected);
}

TEST_CASE("blocks that did not fit into the ring are silence of their length, so nothing moves") {
  const RecordedPlace place("all");
  KeeperStory story(place);
  story.call_begins();
  put_audio(story, 0, 10);
  put_audio(story, 60, 70);
  put_audio(story, 5, 8);  // never back
  story.call_ends();
  const Samples samples = samples_in(recording_in(place));
  REQUIRE(samples.size() == 70 * 2 * hw::samples_per_block);
  const auto at = [&samples](std::uint64_t n) {
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(n * 2 * hw::samples_per_block);
    return Samples(begin, begin + 2 * hw::samples_per_block);
  };
  CHECK(at(9) == pairs_of(block(9)));
  CHECK(at(10) == Samples(2 * hw::samples_per_block));
  CHECK(at(59) == Samples(2 * hw::samples_per_block));
  CHECK(at(60) == pairs_of(block(60)));
}

TEST_CASE("\"failed\" keeps the recordings of calls that did not complete, \"off\" makes none") {
  const RecordedPlace place("failed");
  KeeperStory story(place);
  story.call_begins();
  put_audio(story, 0, 100);
  story.page(unit::letter(1));
  CHECK(names_in(place.scratch / "recordings").size() == 1);
  story.call_ends();
  CHECK(names_in(place.scratch / "recordings").empty());
  story.call_begins();
  put_audio(story, 0, 100);
  story.call_ends(CallOutcome::caller_hung_up);
  CHECK(samples_in(recording_in(place)).size() == 100 * 2 * hw::samples_per_block);

  const RecordedPlace off("off");
  KeeperStory unrecorded(off);
  unrecorded.call_begins();
  put_audio(unrecorded, 0, 100);
  unrecorded.call_ends(CallOutcome::failed);
  CHECK(names_in(off.scratch / "recordings").empty());
}

TEST_CASE("when the page process dies, the recording is there up to some seconds before") {
  const RecordedPlace place("failed");
  CHECK(unit::in_child([&] {
          KeeperStory story(place);
          story.call_begins();
          put_audio(story, 0, 1500);  // 30 s
          ::_exit(7);
          return 0;
        }) == 7);
  const Samples samples = samples_in(recording_in(place));
  CHECK(samples.size() >= 20 * 2 * hw::samples_per_second);
  CHECK(Samples(samples.begin(), samples.begin() + 2 * hw::samples_per_block) == pairs_of(block(0)));
}

TEST_CASE("a recording that cannot be written costs no page") {
  const RecordedPlace place("all");
  fs::remove(place.scratch / "recordings");
  fs::remove(place.scratch / "trace");
  KeeperStory story(place);
  story.call_begins();
  put_audio(story, 0, 200);
  CHECK(story.page(unit::letter(1)) == t30::Verdict::good);
  story.call_ends();
  CHECK(place.record().complete);
}

TEST_CASE("a recording leaves pages their room on the disk") {
  RecordedPlace place("all");
  place.settings.least_free_mb = 1'000'000'000;
  KeeperStory story(place);
  story.call_begins();
  put_audio(story, 0, 5000);
  CHECK(story.page(unit::letter(1)) == t30::Verdict::good);
  story.call_ends();
  CHECK(fs::file_size(recording_in(place)) < 1000);
}

TEST_CASE("a line process that lies about the time fills no disk") {
  const RecordedPlace place("all");
  KeeperStory story(place);
  story.call_begins();
  faxrx::Audio audio = block(0);
  audio.samples = UINT64_MAX - 5;
  story.tell(faxrx::RecordType::audio, audio);
  story.call_ends(CallOutcome::failed);
  CHECK(fs::file_size(recording_in(place)) < 1000);
}

TEST_CASE("files of calls go when they are old enough, others never") {
  const unit::ScratchFolder folder;
  const std::string old_call = base::CallId::random().text() + ".wav";
  const std::string new_call = base::CallId::random().text() + ".wav";
  const std::string other = base::CallId::random().text() + ".jsonl";
  for (const std::string& name : {old_call, new_call, other, std::string("notes.wav")}) {
    unit::put_file(folder / name, "x");
    const auto age = std::chrono::hours(name == new_call ? 24 * 7 - 1 : 24 * 7 + 1);
    fs::last_write_time(folder / name, fs::file_time_type::clock::now() - age);
  }
  CHECK(faxrx::remove_older(folder.path, ".wav", 7) == 1);
  CHECK(names_in(folder.path) == std::set<std::string>{new_call, other, "notes.wav"});
  CHECK(faxrx::remove_older(folder / "not there", ".wav", 7) == 0);
}
