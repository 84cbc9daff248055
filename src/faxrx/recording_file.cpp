// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/recording_file.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/unique_fd.hpp"

namespace faxrx {
namespace {

constexpr std::uint64_t longest_samples = 2ULL * 60 * 60 * hw::samples_per_second;  // what -c wav: replays
constexpr std::size_t samples_at_once = hw::samples_per_second;
// What a crash of this process costs of the recording: its header says how long it is.
constexpr unsigned writes_between_headers = 10;

}  // namespace

RecordingFile::RecordingFile(const std::filesystem::path& folder, const base::CallId& id,
                             std::uint64_t least_free_bytes)
    : file_(folder / (id.text() + ".wav")), least_free_bytes_(least_free_bytes) {
  base::UniqueFd fd(::open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!fd) {
    give_up(base::system_failure("cannot create " + file_.string()).what());
    return;
  }
  SF_INFO info{};
  info.samplerate = static_cast<int>(hw::samples_per_second);
  info.channels = 2;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  sound_.reset(::sf_open_fd(fd.release(), SFM_WRITE, &info, SF_TRUE));
  if (!sound_) {
    give_up(::sf_strerror(nullptr));
    return;
  }
  waiting_.reserve(2 * samples_at_once);
  check_room();
}

void RecordingFile::add(const Audio& audio) {
  if (!sound_ || audio.samples < samples_) return;
  if (audio.samples >= longest_samples) return give_up("it would be longer than 2 hours");
  if (audio.samples > samples_) add_silence(audio.samples - samples_);
  add_block(audio.heard, audio.said);
}

void RecordingFile::add_silence(std::uint64_t samples) {
  const hw::Block silence{};
  for (; sound_ && samples >= silence.size(); samples -= silence.size()) {
    add_block(silence, silence);
    missing_ += silence.size();
  }
}

void RecordingFile::add_block(const hw::Block& heard, const hw::Block& said) {
  for (std::size_t i = 0; i < heard.size(); ++i) {
    waiting_.push_back(heard[i]);
    waiting_.push_back(said[i]);
  }
  samples_ += heard.size();
  if (waiting_.size() >= 2 * samples_at_once) write_out();
}

void RecordingFile::write_out() {
  if (!sound_ || waiting_.empty()) return;
  const auto count = static_cast<sf_count_t>(waiting_.size() / 2);
  const bool written = ::sf_writef_short(sound_.get(), waiting_.data(), count) == count;
  waiting_.clear();
  if (!written) return give_up(::sf_strerror(sound_.get()));
  if (++writes_ % writes_between_headers != 0) return;
  ::sf_command(sound_.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
  check_room();
}

void RecordingFile::check_room() {
  struct statvfs room {};
  if (::statvfs(file_.c_str(), &room) == 0 &&
      static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize < least_free_bytes_)
    give_up("the room that is left is for pages");
}

void RecordingFile::close(bool keep) {
  write_out();
  sound_.reset();
  if (!keep) {
    ::unlink(file_.c_str());
  } else if (missing_ > 0) {
    base::log::warning("the recording {} has silence where {} samples are missing", file_.string(), missing_);
  }
}

void RecordingFile::give_up(const std::string& why) {
  base::log::warning("the recording {} ends here: {}", file_.string(), why);
  sound_.reset();
  waiting_.clear();
}

}  // namespace faxrx
