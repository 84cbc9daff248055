// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/wav/wav_line.hpp"

#include <sndfile.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "hw/event_queue.hpp"
#include "hw/wav/answer_comparison.hpp"
#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {
namespace {

constexpr std::size_t longest_recording = 2 * 60 * 60 * samples_per_second;
constexpr std::size_t frames_at_once = 8000;
constexpr unsigned blocks_ring_to_ring = 300;  // 6 s
constexpr unsigned most_rings = 10;

struct Recording {
  std::vector<std::int16_t> caller, answers;  // answers is empty in mono
};

struct CloseSound {
  void operator()(SNDFILE* file) const noexcept { ::sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, CloseSound>;

void check_format(const std::string& name, const SF_INFO& info) {
  if (info.samplerate != 8000)
    throw base::Failure(
        "wav:{}: the recording has {} samples a second; a telephone line has 8000, so convert it with "
        "\"sox {} -r 8000 NEW.wav\" only if it was recorded digitally",
        name, info.samplerate, name);
  if (info.channels != 1 && info.channels != 2)
    throw base::Failure(
        "wav:{}: the recording has {} channels; one is the caller, two are caller and answers", name,
        info.channels);
  const int coding = info.format & SF_FORMAT_SUBMASK;
  if (coding != SF_FORMAT_PCM_16 && coding != SF_FORMAT_ULAW && coding != SF_FORMAT_ALAW)
    throw base::Failure("wav:{}: the samples are neither 16-bit nor µ-law nor A-law", name);
}

Recording read_all(const std::string& name, SNDFILE* file, int channels) {
  const auto width = static_cast<std::size_t>(channels);
  Recording recording;
  std::vector<std::int16_t> frames(frames_at_once * width);
  for (;;) {
    const auto got = ::sf_readf_short(file, frames.data(), frames_at_once);
    if (got <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      recording.caller.push_back(frames[i * width]);
      if (width == 2) recording.answers.push_back(frames[i * width + 1]);
    }
    if (recording.caller.size() > longest_recording)
      throw base::Failure("wav:{}: the recording is longer than 2 hours; cut the call out of it", name);
  }
  if (recording.caller.empty()) throw base::Failure("wav:{}: the recording is empty", name);
  return recording;
}

Recording read_recording(const std::string& name) {
  SF_INFO info{};
  const SoundFile file(::sf_open(name.c_str(), SFM_READ, &info));
  if (!file) throw base::Failure("wav:{}: cannot read the recording: {}", name, ::sf_strerror(nullptr));
  check_format(name, info);
  return read_all(name, file.get(), info.channels);
}

class WavLine final : public Line {
 public:
  explicit WavLine(const std::string& name)
      : recording_(read_recording(name)), readable_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!readable_) throw base::system_failure("cannot make an event counter for wav:" + name);
    said_.reserve(recording_.answers.size());
  }

  [[nodiscard]] int fd() const noexcept override { return readable_.get(); }
  [[nodiscard]] int poll_timeout_ms() const noexcept override {
    return !events_.empty() || (state_ == State::waiting && may_come_) ? 0 : -1;
  }
  LineEvent next_event() noexcept override;
  bool read(Block& heard) noexcept override;
  void write(const Block& said) noexcept override;
  void answer() noexcept override;
  void hang_up() noexcept override;
  void accept_calls(bool may_come) noexcept override { may_come_ = may_come; }
  [[nodiscard]] const CallIdentity& identity() const noexcept override { return identity_; }
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return false; }
  [[nodiscard]] std::uint64_t guard_samples() const noexcept override { return 0; }
  [[nodiscard]] std::string_view remark() noexcept override;

 private:
  enum class State : std::uint8_t {
    waiting,   // → ringing: calls may come
    ringing,   // → answered: answer() · over: hang_up(), nobody answers
    answered,  // → ended: the recording ends · over: hang_up()
    ended,     // → over: hang_up()
    over
  };

  void have_blocks(bool have) noexcept;
  void ring() noexcept;
  void no_more() noexcept;
  bool read_ringing(Block& heard) noexcept;

  Recording recording_;
  std::vector<std::int16_t> said_;  // never grows beyond what was reserved
  base::UniqueFd readable_;
  State state_ = State::waiting;
  bool may_come_ = true;
  EventQueue events_;
  CallIdentity identity_;  // nobody recorded it
  std::size_t position_ = 0;
  unsigned blocks_rung_ = 0;
  bool was_answered_ = false;
  std::string remark_;
};

// The counter of an eventfd stays readable until it is read.
void WavLine::have_blocks(bool have) noexcept {
  std::uint64_t count = 1;
  const ssize_t done =
      have ? ::write(readable_.get(), &count, sizeof count) : ::read(readable_.get(), &count, sizeof count);
  static_cast<void>(done);  // the counter never overflows, and may well be zero already
}

void WavLine::ring() noexcept {
  events_.put(LineEvent::ring_begins);
  events_.put(LineEvent::ring_ends);
}

void WavLine::no_more() noexcept {
  if (state_ == State::over) return;
  state_ = State::over;
  have_blocks(false);
  events_.put(LineEvent::no_more_calls);
}

LineEvent WavLine::next_event() noexcept {
  if (state_ == State::waiting && may_come_) {
    state_ = State::ringing;
    have_blocks(true);
    ring();
  }
  return events_.take();
}

bool WavLine::read(Block& heard) noexcept {
  if (state_ == State::ringing) return read_ringing(heard);
  if (state_ != State::answered) return false;
  const std::size_t left = recording_.caller.size() - position_;
  if (left == 0) {
    state_ = State::ended;
    have_blocks(false);
    events_.put(LineEvent::caller_gone);
    return false;
  }
  heard.fill(0);
  const auto count = std::min(left, heard.size());
  std::copy_n(recording_.caller.begin() + static_cast<std::ptrdiff_t>(position_), count, heard.begin());
  position_ += count;
  return true;
}

bool WavLine::read_ringing(Block& heard) noexcept {
  heard.fill(0);
  ++blocks_rung_;
  if (blocks_rung_ == blocks_ring_to_ring * most_rings) {
    events_.put(LineEvent::caller_gone);
    no_more();
    return false;
  }
  if (blocks_rung_ % blocks_ring_to_ring == 0) ring();
  return true;
}

void WavLine::write(const Block& said) noexcept {
  const bool room = said_.capacity() - said_.size() >= said.size();
  if (state_ == State::answered && room) said_.insert(said_.end(), said.begin(), said.end());
}

void WavLine::answer() noexcept {
  if (state_ != State::ringing) return;
  state_ = State::answered;
  was_answered_ = true;
  events_.clear();
}

void WavLine::hang_up() noexcept {
  if (state_ == State::waiting || state_ == State::over) return;
  events_.clear();
  no_more();
}

std::string_view WavLine::remark() noexcept try {
  if (!was_answered_ || recording_.answers.empty()) return {};
  if (remark_.empty()) remark_ = compare_answers(recording_.answers, said_);
  return remark_;
} catch (...) {
  return "there was no memory to compare our answers with the recorded ones";
}

}  // namespace

std::unique_ptr<Line> open_wav_line(const std::string& address, const LineOptions&, base::UniqueFd) {
  return std::make_unique<WavLine>(address);
}

}  // namespace hw
