// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/memory_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"

namespace base {

UniqueFd memory_file(const char* name, std::string_view text) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd) throw system_failure("cannot make a memory file");
  write_all(fd.get(), text, name);
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) throw system_failure("cannot go back in a memory file");
  return fd;
}

}  // namespace base
