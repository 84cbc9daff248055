// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/exchange/exchange_caller.hpp"

#include <sys/socket.h>

#include <charconv>
#include <map>
#include <string_view>

#include "hw/exchange/packet.hpp"
#include "hw/exchange/socket.hpp"

namespace hw::exchange {
namespace {

// Longer than a line may wait for a verdict on a page (10 s).
constexpr int patience_s = 60;

template <std::size_t size>
void put_text(std::array<char, size>& field, const std::string& text, std::string_view what) {
  if (text.size() >= size || text.find('\0') != std::string::npos)
    throw base::Failure("the {} \"{}\" is too long for a call; {} bytes is the most", what, text, size - 1);
  std::copy(text.begin(), text.end(), field.begin());
}

Dial dial_packet(const DialRequest& request) {
  Dial dial{};
  dial.type = PacketType::dial;
  dial.version = protocol_version;
  dial.law = request.law;
  put_text(dial.called, request.called, "called number");
  put_text(dial.caller_number, request.caller_number, "caller's number");
  put_text(dial.caller_name, request.caller_name, "caller's name");
  dial.conditions = request.conditions;
  return dial;
}

// The folder's entries whose names are numbers, in their order.
std::map<unsigned, std::filesystem::path> lines_in(const std::filesystem::path& folder) {
  std::map<unsigned, std::filesystem::path> lines;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    unsigned number = 0;
    const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc{} && rest == name.data() + name.size()) lines.emplace(number, entry->path());
  }
  if (error) throw base::Failure("cannot look for lines in {}: {}", folder.string(), error.message());
  return lines;
}

enum class Outcome : std::uint8_t { taken, busy, nobody, refused };

Outcome dial(int socket, const Dial& packet) {
  // Sending may fail because the line has said busy already; that is there to read all the same.
  send_dial(socket, packet);
  Packet reply;
  if (receive(socket, reply, 0) != Received::packet) return Outcome::nobody;
  if (is_signal(reply, PacketType::ringing)) return Outcome::taken;
  if (is_signal(reply, PacketType::busy)) return Outcome::busy;
  return Outcome::refused;
}

}  // namespace

ExchangeCaller::ExchangeCaller(const std::filesystem::path& folder, const DialRequest& request)
    : law_(request.law) {
  const Dial packet = dial_packet(request);
  unsigned busy = 0;
  for (const auto& [number, path] : lines_in(folder)) {
    socket_ = connect_to(path, patience_s);
    const Outcome outcome = socket_ ? dial(socket_.get(), packet) : Outcome::nobody;
    if (outcome == Outcome::refused)
      throw base::Failure("the line {} refuses the call: it asks for a line condition beyond the limits",
                          path.string());
    if (outcome == Outcome::taken) {
      line_ = path;
      return;
    }
    socket_.reset();
    if (outcome == Outcome::busy) ++busy;
  }
  if (busy > 0) throw AllLinesBusy("all {} lines in {} are busy", busy, folder.string());
  throw base::Failure("nobody serves a line in {}; start dahdi-faxrx -c exchange:{}/1-4 first",
                      folder.string(), folder.string());
}

bool ExchangeCaller::exchange(const Block& said, Block& heard) {
  if (!socket_ || !send_audio(socket_.get(), law_, said, 0)) {
    hang_up();
    return false;
  }
  Packet packet;
  while (receive(socket_.get(), packet, 0) == Received::packet) {
    if (get_audio(packet, law_, heard)) return true;
    if (!is_signal(packet, PacketType::answered)) break;
    answered_ = true;
  }
  hang_up();
  return false;
}

void ExchangeCaller::hang_up() noexcept {
  if (!socket_) return;
  send_signal(socket_.get(), PacketType::hangup, MSG_DONTWAIT);
  socket_.reset();
}

}  // namespace hw::exchange
