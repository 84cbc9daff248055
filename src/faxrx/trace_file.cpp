// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/trace_file.hpp"

#include <fcntl.h>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"

namespace faxrx {

TraceFile::TraceFile(const std::filesystem::path& folder, const base::CallId& id)
    : file_(folder / (id.text() + ".jsonl")) {
  fd_.reset(::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!fd_) give_up(base::system_failure("cannot create " + file_.string()).what());
}

void TraceFile::add(const TraceJson& line) {
  if (!fd_) return;
  const std::string text = line.dump(-1, ' ', false, TraceJson::error_handler_t::replace) + "\n";
  size_ += text.size();
  if (size_ > largest_trace) return give_up(fmt::format("it would be longer than {} bytes", largest_trace));
  try {
    base::write_all(fd_.get(), text, file_.string());
  } catch (const std::system_error& error) {
    give_up(error.what());
  }
}

void TraceFile::give_up(const std::string& why) {
  base::log::warning("the trace {} ends here: {}", file_.string(), why);
  fd_.reset();
}

}  // namespace faxrx
