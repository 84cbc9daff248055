// SPDX-License-Identifier: GPL-2.0-or-later
// A Class 1 fax modem (ITU-T T.31) of the tests' own, so that real fax software can call us: spandsp's t31
// does commands and modulation, a line of the software exchange is its telephone line. Commands come and
// answers go as bytes; audio goes in blocks of 20 ms. Owned by the main loop, one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hw/exchange/exchange_caller.hpp"
#include "src/modem/spandsp.hpp"

namespace softmodem {

// What the modem tells the program (or, with `trace`, the reader of its log).
using Say = std::function<void(std::string_view)>;

class SoftModem {
 public:
  // `exchange`: the folder with the lines' sockets; `number`: the caller's own.
  SoftModem(std::filesystem::path exchange, std::string number, Say answer, Say trace);

  // At most `most_at_once` bytes from the program, and none while `holding()` (T.31, 8.4.2: flow control).
  void command(std::string_view bytes);
  [[nodiscard]] bool holding() const noexcept { return holding_; }
  // 20 ms of its life, of the call if there is one.
  void block();
  // The program has gone or dropped Data Terminal Ready: the line is hung up, all settings are the modem's
  // own again.
  void reset();

  // t31 takes data until 1024 bytes are left of its buffer, then asks us to hold; what does not fit is lost.
  static constexpr std::size_t most_at_once = 512;

 private:
  static int answer_trampoline(at_state_t* at, void* self, const std::uint8_t* bytes, std::size_t length);
  static int control_trampoline(t31_state_t* modem, void* self, int operation, const char* number);
  int control(int operation, const char* number);
  void dial();
  void hang_up();
  void talk(hw::Block& said, hw::Block& heard);

  struct Free {
    void operator()(t31_state_t* modem) const noexcept { t31_free(modem); }
  };

  std::filesystem::path exchange_;
  std::string own_number_;
  Say answer_, trace_;
  std::unique_ptr<t31_state_t, Free> t31_;
  std::optional<std::string> to_dial_;  // t31 is in the middle of a command when it tells us
  std::optional<hw::exchange::ExchangeCaller> line_;
  bool talking_ = false;
  bool holding_ = false;
};

}  // namespace softmodem
