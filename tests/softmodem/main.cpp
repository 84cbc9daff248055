// SPDX-License-Identifier: GPL-2.0-or-later
// A Class 1 fax modem on a pseudo-terminal, for fax software as a caller of the tests. Prints the terminal's
// name, and is a modem until it is killed. Keeps wall-clock time, as that software does.
#include <fmt/format.h>
#include <poll.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <string_view>

#include "tests/softmodem/pty.hpp"
#include "tests/softmodem/soft_modem.hpp"

namespace {

using softmodem::Pty;
using softmodem::SoftModem;

constexpr std::int64_t block_ns = 20'000'000;

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Bytes as a person reads them; of page data, the beginning.
std::string readable(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, 40))
    text += byte >= ' ' && byte <= '~'
                ? std::string(1, byte)
                : fmt::format("<{:02x}>", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  return bytes.size() > 40 ? fmt::format("{}... {} bytes", text, bytes.size()) : text;
}

void trace(std::string_view sentence) {
  static const std::int64_t began_ns = now_ns();
  fmt::print(stderr, "{:8.3f} {}\n", static_cast<double>(now_ns() - began_ns) / 1e9, sentence);
}

// Passes on what the program writes, at once, until the block is due; when that is late, what is there already.
void serve_until(std::int64_t due_ns, const Pty& pty, SoftModem& modem) {
  std::array<char, SoftModem::most_at_once> room{};
  std::int64_t left_ns = 0;
  do {
    left_ns = std::max<std::int64_t>(due_ns - now_ns(), 0);
    const bool listens = !modem.holding() && pty.terminal_ready();
    pollfd master{listens ? pty.fd() : -1, POLLIN, 0};
    const timespec wait{0, left_ns};
    if (::ppoll(&master, 1, &wait, nullptr) < 1 || (master.revents & POLLIN) == 0) continue;
    const std::string_view bytes = pty.read(room);
    trace("> " + readable(bytes));
    if (!bytes.empty()) modem.command(bytes);
  } while (left_ns > 0);
}

[[noreturn]] void run(const Pty& pty, SoftModem& modem) {
  bool was_ready = false;
  for (std::int64_t due_ns = now_ns();; due_ns += block_ns) {
    serve_until(due_ns, pty, modem);
    const bool ready = pty.terminal_ready();
    if (was_ready && !ready) {
      trace("the program has gone, or dropped DTR");
      modem.reset();
    }
    was_ready = ready;
    modem.block();
  }
}

}  // namespace

int main(int argc, char** argv) noexcept try {
  CLI::App app{"A Class 1 fax modem on a pseudo-terminal, its line on a software telephone exchange."};
  std::string exchange, number;
  app.add_option("--line", exchange, "the folder with the lines' sockets")->required();
  app.add_option("--from", number, "the caller's number; none: withheld");
  CLI11_PARSE(app, argc, argv);

  const Pty pty;
  SoftModem modem(
      exchange, number,
      [&pty](std::string_view bytes) {
        trace("< " + readable(bytes));
        pty.write(bytes);
      },
      trace);
  fmt::print("{}\n", pty.slave());
  static_cast<void>(std::fflush(stdout));
  run(pty, modem);
} catch (const std::exception& failure) {
  fmt::print(stderr, "softmodem: {}\n", failure.what());
  return EX_OSERR;
}
