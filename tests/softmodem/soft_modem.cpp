// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/softmodem/soft_modem.hpp"

#include <fmt/format.h>

#include <new>
#include <utility>

#include "src/base/errors.hpp"

namespace softmodem {

SoftModem::SoftModem(std::filesystem::path exchange, std::string number, Say answer, Say trace)
    : exchange_(std::move(exchange)),
      own_number_(std::move(number)),
      answer_(std::move(answer)),
      trace_(std::move(trace)) {
  reset();
}

void SoftModem::reset() {
  hang_up();
  to_dial_.reset();
  holding_ = false;
  t31_.reset(t31_init(nullptr, answer_trampoline, this, control_trampoline, this, nullptr, nullptr));
  if (!t31_) throw std::bad_alloc();
  t31_set_transmit_on_idle(t31_.get(), 1);
}

int SoftModem::answer_trampoline(at_state_t* /*at*/, void* self, const std::uint8_t* bytes,
                                 std::size_t length) {
  static_cast<SoftModem*>(self)->answer_({reinterpret_cast<const char*>(bytes), length});
  return 0;
}

int SoftModem::control_trampoline(t31_state_t* /*modem*/, void* self, int operation, const char* number) {
  return static_cast<SoftModem*>(self)->control(operation, number);
}

int SoftModem::control(int operation, const char* number) {
  switch (operation) {
    case AT_MODEM_CONTROL_CALL:
      to_dial_ = number;
      break;
    case AT_MODEM_CONTROL_HANGUP:
    case AT_MODEM_CONTROL_ONHOOK:
      hang_up();
      break;
    case AT_MODEM_CONTROL_CTS:
      holding_ = number == nullptr;  // a wire's level, in a pointer's clothes
      break;
    default:
      break;
  }
  return 0;
}

void SoftModem::command(std::string_view bytes) {
  t31_at_rx(t31_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

void SoftModem::dial() try {
  const std::string number = std::exchange(to_dial_, std::nullopt).value_or("");
  line_.emplace(exchange_,
                hw::exchange::DialRequest{.called = number, .caller_number = own_number_, .caller_name = {}});
  trace_(fmt::format("ringing {} on {}", number, line_->line().string()));
} catch (const base::Failure& failure) {  // all busy, or nobody there
  trace_(failure.what());
  t31_call_event(t31_.get(), AT_CALL_EVENT_BUSY);
}

void SoftModem::hang_up() {
  if (!line_) return;
  line_->hang_up();
  line_.reset();
  talking_ = false;
  trace_("hung up");
}

void SoftModem::block() {
  if (to_dial_) dial();
  hw::Block said{}, heard{};
  if (!line_ || talking_) t31_tx(t31_.get(), said.data(), static_cast<int>(said.size()));
  if (line_) talk(said, heard);
  if (!line_ || talking_) t31_rx(t31_.get(), heard.data(), static_cast<int>(heard.size()));
}

void SoftModem::talk(hw::Block& said, hw::Block& heard) {
  if (!line_->exchange(said, heard)) {
    trace_("the line has hung up");
    hang_up();
    t31_call_event(t31_.get(), AT_CALL_EVENT_HANGUP);
  } else if (line_->answered() && !talking_) {
    talking_ = true;
    trace_("answered");
    t31_call_event(t31_.get(), AT_CALL_EVENT_CONNECTED);
  }
}

}  // namespace softmodem
