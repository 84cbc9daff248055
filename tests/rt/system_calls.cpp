// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/rt/system_calls.hpp"

#include <seccomp.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "hw/exchange/protocol.hpp"
#include "src/base/errors.hpp"

namespace rt {
namespace {

constexpr int system_call_stop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

constexpr std::array<std::string_view, 10> allowed = {
    "read",    "write", "recvfrom", "recvmsg",       "sendto",
    "sendmsg", "poll",  "ppoll",    "clock_gettime", "restart_syscall"};

std::string name_of(long number) {
  char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
  std::string copy = name != nullptr ? name : "number " + std::to_string(number);
  std::free(name);
  return copy;
}

bool sends_signal(const Tracer& tracer, const SystemCall& call, hw::exchange::PacketType type) {
  return call.number == SYS_sendto && call.arguments[2] == sizeof(hw::exchange::Signal) &&
         tracer.octet_at(call.arguments[1]) == static_cast<int>(type);
}

bool hangs_up(const Tracer& tracer, const SystemCall& call) {
  return sends_signal(tracer, call, hw::exchange::PacketType::hangup);
}

}  // namespace

Tracer::Tracer(pid_t pid) : pid_(pid) {
  if (::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACESYSGOOD) != 0 ||
      ::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0)
    throw base::system_failure("cannot trace the process " + std::to_string(pid));
  int status = 0;
  stopped_ = ::waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);
}

Tracer::~Tracer() {
  if (stopped_) ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
}

std::optional<SystemCall> Tracer::next() {
  for (long signal = 0; stopped_;) {
    ::ptrace(PTRACE_SYSCALL, pid_, nullptr, signal);
    int status = 0;
    stopped_ = ::waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status);
    if (!stopped_) break;
    const bool by_event = status >> 16 != 0;  // a stop of the tracer's own, no signal
    signal = WSTOPSIG(status) == system_call_stop || by_event ? 0 : WSTOPSIG(status);
    if (WSTOPSIG(status) != system_call_stop) continue;
    __ptrace_syscall_info info{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, pid_, sizeof info, &info);
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
    SystemCall call{static_cast<long>(info.entry.nr), {}};
    std::copy(std::begin(info.entry.args), std::end(info.entry.args), call.arguments.begin());
    return call;
  }
  return std::nullopt;
}

int Tracer::octet_at(std::uint64_t address) const {
  errno = 0;
  const long word = ::ptrace(PTRACE_PEEKDATA, pid_, address, nullptr);
  return errno == 0 ? static_cast<int>(word & 0xFF) : -1;
}

std::optional<SystemCallCounts> system_calls_of_a_call(pid_t line) {
  Tracer tracer(line);
  SystemCallCounts counts;
  bool in_a_call = false;
  while (const auto call = tracer.next()) {
    if (in_a_call && hangs_up(tracer, *call)) return counts;
    if (in_a_call) ++counts[name_of(call->number)];
    in_a_call |= sends_signal(tracer, *call, hw::exchange::PacketType::answered);
  }
  return std::nullopt;
}

SystemCallCounts forbidden_among(const SystemCallCounts& calls) {
  SystemCallCounts forbidden;
  for (const auto& [name, count] : calls)
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) forbidden.emplace(name, count);
  return forbidden;
}

}  // namespace rt
