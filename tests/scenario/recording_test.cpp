// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of recorded calls: what a caller once said is received again.
#include <doctest/doctest.h>
#include <sndfile.h>

#include <array>
#include <fstream>

#include "tests/scenario/office.hpp"

using namespace scenario;
namespace fs = std::filesystem;

namespace {

// Plays the recording to a dahdi-faxrx of its own that hands over to this office's dahdi-faxmail.
Process replay(const Office& office, const fs::path& recording) {
  return {
      {program("dahdi-faxrx"), "-C", office.folder() / "dahdi-faxrx.conf", "-c", "wav:" + recording.string(),
       "--spool", office.folder() / "replay", "--handoff", office.folder() / "handoff.sock"},
      office.folder() / "replay"};
}

std::vector<std::int16_t> stereo_samples(const fs::path& file) {
  SF_INFO info{};
  SNDFILE* sound = ::sf_open(file.c_str(), SFM_READ, &info);
  REQUIRE(sound != nullptr);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(info.frames) * 2);
  ::sf_readf_short(sound, samples.data(), info.frames);
  ::sf_close(sound);
  return samples;
}

void write_wav(const fs::path& file, const std::vector<std::int16_t>& samples, int channels) {
  SF_INFO info{};
  info.samplerate = 8000;
  info.channels = channels;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* sound = ::sf_open(file.c_str(), SFM_WRITE, &info);
  REQUIRE(sound != nullptr);
  ::sf_writef_short(sound, samples.data(), static_cast<sf_count_t>(samples.size()) / channels);
  ::sf_close(sound);
}

}  // namespace

TEST_CASE("a recorded call is received again: the same pages, the same answers") {
  Office office;
  const fs::path recording = office.folder() / "call.wav";
  check_confirmed(office.call({"--no-ecm", "--record", recording, one_page()}), {"V.17", 14400, false, 1});
  office.mail(1);
  Process again = replay(office, recording);
  CHECK(again.wait() == 0);
  INFO(again.log());
  CHECK(office.has_pages(office.mail(2), one_page()));
  CHECK(again.log().find("part at") == std::string::npos);
}

TEST_CASE(
    "what the service itself records is received again to the same outcome: of a good call and of a failed "
    "one") {
  Office office({.faxrx = "recordings = \"all\"\n"});
  const auto replayed = [&office] {
    fs::path recording;
    REQUIRE(eventually([&] {
      for (const fs::directory_entry& entry : fs::directory_iterator(office.fax_spool() / "recordings"))
        if (entry.path().filename().string().front() != '.') recording = entry.path();
      return !recording.empty();
    }));
    const std::string id = recording.stem().string();
    REQUIRE(office.log_says("call " + id + " from "));  // said when both files have ended
    const std::string trace = text_of(office.fax_spool() / "trace" / (id + ".jsonl"));
    const std::string last_line = trace.substr(trace.rfind("\n{") + 1);
    fs::copy_file(recording, office.folder() / "recorded.wav", fs::copy_options::overwrite_existing);
    fs::remove(recording);
    Process again = replay(office, office.folder() / "recorded.wav");
    CHECK(again.wait() == 0);
    INFO(again.log());
    CHECK(again.log().find("part at") == std::string::npos);
    const std::string outcome = nlohmann::json::parse(last_line)["outcome"];
    CHECK(again.log().find(", " + outcome + ": ") != std::string::npos);
    return outcome;
  };
  check_confirmed(office.call({"--ecm", one_page()}), {"V.17", 14400, true, 1});
  CHECK(replayed() == "completed");
  CHECK(office.has_pages(office.mail(2), one_page()));
  office.call({"--no-ecm", "--hang-up-in-page", "1", one_page()});
  CHECK(replayed() == "caller_hung_up");
}

TEST_CASE("a mono recording of the caller alone is received, too") {
  Office office;
  const fs::path stereo = office.folder() / "call.wav";
  check_confirmed(office.call({"--no-ecm", "--record", stereo, one_page()}), {"V.17", 14400, false, 1});
  const std::vector<std::int16_t> both = stereo_samples(stereo);
  std::vector<std::int16_t> caller;
  for (std::size_t i = 0; i < both.size(); i += 2)
    caller.push_back(both[i]);
  const fs::path mono = office.folder() / "mono.wav";
  write_wav(mono, caller, 1);
  Process again = replay(office, mono);
  CHECK(again.wait() == 0);
  CHECK(office.has_pages(office.mail(2), one_page()));
}

TEST_CASE("where our answers differ from the recorded ones, it says at which second they part") {
  Office office;
  const fs::path recording = office.folder() / "call.wav";
  check_confirmed(office.call({"--no-ecm", "--record", recording, one_page()}), {"V.17", 14400, false, 1});
  std::vector<std::int16_t> both = stereo_samples(recording);
  // In the recording, we are silent from the middle on: our MCF at the end is then not in it.
  for (std::size_t i = both.size() / 4 * 2 + 1; i < both.size(); i += 2)
    both[i] = 0;
  write_wav(recording, both, 2);
  Process again = replay(office, recording);
  CHECK(again.wait() == 0);
  CHECK_MESSAGE(again.log().find(" s") != std::string::npos, again.log());
  CHECK_MESSAGE(again.log().find("part at") != std::string::npos, again.log());
}

TEST_CASE("what is no recording of a call is told in a sentence") {
  Office office;
  const fs::path file = office.folder() / "noise.wav";
  std::ofstream(file) << "this is no sound";
  Process again = replay(office, file);
  CHECK(again.wait() == 69);
  CHECK(again.log().find("noise.wav") != std::string::npos);
}
