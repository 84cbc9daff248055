// SPDX-License-Identifier: GPL-2.0-or-later
// A call's trace on disk: SPOOL/trace/CALLID.jsonl, a line as soon as something happens, so that a crash leaves
// what led to it. Not durable: a fax never waits for it, and a disk that refuses it costs the trace and one
// message. Owned by the page process.
#pragma once

#include <filesystem>

#include "src/base/unique_fd.hpp"
#include "src/faxrx/trace_lines.hpp"

namespace faxrx {

inline constexpr std::size_t largest_trace = 4U << 20U;  // bytes; a caller must not fill the disk with it

class TraceFile {
 public:
  TraceFile() noexcept = default;  // of a call that is not traced: takes everything, keeps nothing
  TraceFile(const std::filesystem::path& folder, const base::CallId& id);

  void add(const TraceJson& line);

 private:
  void give_up(const std::string& why);

  base::UniqueFd fd_;
  std::filesystem::path file_;
  std::size_t size_ = 0;
};

}  // namespace faxrx
