// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of a trace of strace(1), one system call each, in the order in which they ended. Used by what judges traces.
#pragma once

#include <map>
#include <sstream>
#include <string>

namespace torture {

struct SystemCall {
  int process = 0;
  std::string name, arguments, result;
};

// Of what was said to others: that may have been heard as soon as it began.
bool is_said(const std::string& name);

// A call that another process's came between is two lines: "123 fsync(3</x> <unfinished ...>" and
// "123 <... fsync resumed>) = 0". It counts where it ended, but for what is said to others.
class SystemCalls {
 public:
  // `trace`: of strace -y, with a process id before each line.
  explicit SystemCalls(const std::string& trace) : lines_(trace) {}
  bool next(SystemCall& call);

 private:
  bool read(const std::string& line, SystemCall& call);

  std::istringstream lines_;
  std::map<int, std::string> begun_;
};

}  // namespace torture
