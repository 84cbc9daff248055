// SPDX-License-Identifier: GPL-2.0-or-later
// The system calls of another process, seen by ptrace as it enters them. For tests and benchmarks; all from
// one thread, which must be allowed to trace it (an ancestor, or root).
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace rt {

struct SystemCall {
  long number;
  std::array<std::uint64_t, 6> arguments;
};

class Tracer {
 public:
  explicit Tracer(pid_t pid);  // throws std::system_error when it may not
  ~Tracer();                   // lets the process go on alone
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // Waits for the process to enter its next system call, and holds it there until it is asked again; nullopt:
  // the process has ended.
  std::optional<SystemCall> next();
  // An octet of its memory; −1 when there is none.
  [[nodiscard]] int octet_at(std::uint64_t address) const;

 private:
  pid_t pid_;
  bool stopped_ = false;
};

using SystemCallCounts = std::map<std::string, std::uint64_t>;  // by name

// What the process of an exchange line (dahdi-faxrx-exchange(5)) does in one call, from the ANSWERED that it
// sends, which is not counted, to its parting from the caller, which is not either. Nullopt: it ended before.
std::optional<SystemCallCounts> system_calls_of_a_call(pid_t line);

// Those of them that an audio loop has no business with: all but reading, writing (a line of the exchange
// reads and writes its socket by recv and send, and so it hears its page process and the supervisor), polling
// and the ring's wake-up, which is a send. clock_gettime and restart_syscall are allowed: the first is a
// system call only where the machine's clock cannot be read without, the second is a poll that the tracer
// interrupted.
SystemCallCounts forbidden_among(const SystemCallCounts& calls);

}  // namespace rt
