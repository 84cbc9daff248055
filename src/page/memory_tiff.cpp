// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/memory_tiff.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "src/base/errors.hpp"

namespace page {
namespace {

struct Memory {
  std::vector<std::uint8_t>* bytes;
  std::size_t at = 0;
};

Memory& memory(thandle_t handle) {
  return *static_cast<Memory*>(handle);
}

tmsize_t read_memory(thandle_t handle, void* to, tmsize_t wanted) {
  Memory& m = memory(handle);
  if (m.at >= m.bytes->size() || wanted <= 0) return 0;
  const std::size_t got = std::min(static_cast<std::size_t>(wanted), m.bytes->size() - m.at);
  std::memcpy(to, m.bytes->data() + m.at, got);
  m.at += got;
  return static_cast<tmsize_t>(got);
}

tmsize_t write_memory(thandle_t handle, void* from, tmsize_t count) {
  Memory& m = memory(handle);
  if (count <= 0) return 0;
  const std::size_t end = m.at + static_cast<std::size_t>(count);
  if (end > m.bytes->size()) m.bytes->resize(end);
  std::memcpy(m.bytes->data() + m.at, from, static_cast<std::size_t>(count));
  m.at = end;
  return count;
}

toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  Memory& m = memory(handle);
  const std::size_t base = whence == SEEK_CUR ? m.at : whence == SEEK_END ? m.bytes->size() : 0;
  m.at = base + static_cast<std::size_t>(offset);
  return m.at;
}

int close_memory(thandle_t handle) {
  delete static_cast<Memory*>(handle);
  return 0;
}

toff_t size_of_memory(thandle_t handle) {
  return memory(handle).bytes->size();
}

int complain(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  const auto* callback = static_cast<TiffComplaint*>(user);
  if (callback == nullptr) return 1;
  std::array<char, 256> words{};
  std::vsnprintf(words.data(), words.size(), format, arguments);
  (*callback)(words.data());
  return 1;  // handled: nothing goes to stderr
}

struct OptionsFree {
  void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
};

std::unique_ptr<TIFFOpenOptions, OptionsFree> options_for(TiffComplaint* complaint) {
  std::unique_ptr<TIFFOpenOptions, OptionsFree> options(TIFFOpenOptionsAlloc());
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), complain, complaint);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), complain, complaint);
  return options;
}

}  // namespace

TiffHandle open_memory_tiff(std::vector<std::uint8_t>& bytes, const char* mode, TiffComplaint* complaint) {
  auto state = std::make_unique<Memory>(Memory{&bytes});
  // "m": no memory mapping, there is no file to map.
  TiffHandle tiff(TIFFClientOpenExt("page", (std::string(mode) + "m").c_str(), state.get(), read_memory,
                                    write_memory, seek_memory, close_memory, size_of_memory, nullptr, nullptr,
                                    options_for(complaint).get()));
  if (!tiff) throw base::Failure("libtiff cannot open a page in memory");
  // libtiff owns it now and gives it to close_memory.
  [[maybe_unused]] const Memory* owned_by_libtiff = state.release();
  return tiff;
}

TiffHandle open_tiff_fd(int fd, const std::string& name, const char* mode, TiffComplaint* complaint) {
  const int own = ::dup(fd);  // TIFFClose closes its fd; ours stays
  if (own < 0) throw base::system_failure("cannot open " + name);
  TiffHandle tiff(TIFFFdOpenExt(own, name.c_str(), mode, options_for(complaint).get()));
  if (!tiff) {
    ::close(own);
    throw base::Failure("{} is not a TIFF file", name);
  }
  return tiff;
}

void set_g4_tags(TIFF* tiff, std::uint32_t width_pels, std::uint32_t rows) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width_pels);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, rows);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB);
}

}  // namespace page
