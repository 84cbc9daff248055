// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/after/request.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "src/base/errors.hpp"
#include "src/base/passed_fds.hpp"
#include "src/base/remote_text.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {
namespace {

using Json = nlohmann::json;

constexpr int version = 1;
constexpr std::size_t largest_packet = handoff::largest_record_json + 4096;
constexpr std::size_t longest_name = 200, longest_words = 1000;
constexpr std::array outcomes = {"done", "failed", "later"};  // in the order of AfterOutcome

struct Packet {
  std::string text;
  std::vector<base::UniqueFd> fds;
};

void send_packet(int socket, const std::string& text, std::span<const int> fds) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  base::FdSpace space;
  base::attach_fds(message, space, fds);
  if (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) throw base::system_failure("cannot send");
}

std::optional<Packet> receive_packet(int socket) {
  Packet packet;
  packet.text.resize(largest_packet);
  iovec part{packet.text.data(), packet.text.size()};
  base::FdSpace space;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.bytes;
  message.msg_controllen = sizeof space.bytes;
  const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (got < 0) throw base::system_failure("nothing was received");
  packet.fds = base::take_fds(message);
  if (got == 0) return std::nullopt;
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) throw base::Failure("the packet is too long");
  packet.text.resize(static_cast<std::size_t>(got));
  return packet;
}

bool is_name(std::string_view name) {
  constexpr std::string_view besides = "+-_.";
  return !name.empty() && name.size() <= longest_name && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  besides.find(c) != std::string_view::npos;
         });
}

std::vector<std::string> endings_in(const Json& json) {
  std::vector<std::string> endings = json.at("files").get<std::vector<std::string>>();
  const bool right =
      endings == std::vector<std::string>{"tif"} || endings == std::vector<std::string>{"pdf", "tif"};
  if (!right) throw base::Failure("the request's files are neither a TIFF nor a PDF and a TIFF");
  return endings;
}

}  // namespace

void send_request(int socket, const AfterRequest& request) {
  Json json = {{"version", version}, {"name", request.name}, {"files", Json::array()}};
  std::vector<int> fds;
  for (const AfterRequest::File& file : request.files) {
    json["files"].push_back(file.ending);
    fds.push_back(file.fd.get());
  }
  send_packet(socket, json.dump() + "\n" + request.record_json, fds);
}

std::optional<AfterRequest> receive_request(int socket) try {
  std::optional<Packet> packet = receive_packet(socket);
  if (!packet) return std::nullopt;
  const std::size_t end = packet->text.find('\n');
  if (end == std::string::npos) throw base::Failure("the request has no second line");
  const Json json = Json::parse(packet->text.substr(0, end));
  if (json.at("version") != version) throw base::Failure("the request is of a version unknown here");
  AfterRequest request;
  request.name = json.at("name").get<std::string>();
  if (!is_name(request.name)) throw base::Failure("the request's name is none for a file");
  const std::vector<std::string> endings = endings_in(json);
  if (endings.size() != packet->fds.size())
    throw base::Failure("the request has {} files", packet->fds.size());
  for (std::size_t i = 0; i < endings.size(); ++i)
    request.files.push_back({endings[i], std::move(packet->fds[i])});
  request.record_json = packet->text.substr(end + 1);
  return request;
} catch (const Json::exception&) {
  throw base::Failure("the request's first line is not what it should be");
}

void send_result(int socket, const AfterResult& result) {
  const Json json = {{"version", version},
                     {"outcome", outcomes.at(static_cast<std::size_t>(result.outcome))},
                     {"words", base::printable(result.words, longest_words)}};
  send_packet(socket, json.dump(-1, ' ', false, Json::error_handler_t::replace), {});
}

std::optional<AfterResult> receive_result(int socket) try {
  const std::optional<Packet> packet = receive_packet(socket);
  if (!packet) return std::nullopt;
  const Json json = Json::parse(packet->text);
  const auto outcome = json.at("outcome").get<std::string>();
  const auto found = std::find(outcomes.begin(), outcomes.end(), outcome);
  if (json.at("version") != version || found == outcomes.end())
    throw base::Failure("the answer is of a kind unknown here");
  return AfterResult{static_cast<AfterOutcome>(found - outcomes.begin()),
                     base::printable(json.at("words").get<std::string>(), longest_words)};
} catch (const Json::exception&) {
  throw base::Failure("the answer is not what it should be");
}

}  // namespace faxmail
