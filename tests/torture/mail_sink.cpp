// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/mail_sink.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <fstream>
#include <list>
#include <optional>

#include "src/base/call_id.hpp"
#include "src/base/errors.hpp"
#include "tests/scenario/process.hpp"
#include "tests/torture/mail_station.hpp"

namespace torture {
namespace fs = std::filesystem;
namespace {

constexpr timeval longest_silence{20, 0};

// Lines of a connection, without their CRLF; nullopt: it is over.
class Lines {
 public:
  explicit Lines(int fd) : fd_(fd) {}
  std::optional<std::string> next() {
    std::size_t end = 0;
    while ((end = got_.find("\r\n", at_)) == std::string::npos) {
      got_.erase(0, at_);
      at_ = 0;
      char bytes[16384];
      const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
      if (count <= 0) return std::nullopt;
      got_.append(bytes, static_cast<std::size_t>(count));
    }
    std::string line = got_.substr(at_, end - at_);
    at_ = end + 2;
    return line;
  }

 private:
  int fd_;
  std::string got_;
  std::size_t at_ = 0;
};

void say(int fd, const std::string& line) {
  const std::string text = line + "\r\n";
  static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL));
}

bool is_command(const std::string& line, const char* command) {
  return ::strncasecmp(line.c_str(), command, std::char_traits<char>::length(command)) == 0;
}

std::string id_in(const std::string& message) {
  const std::string lower = "message-id: <";
  for (std::size_t at = 0; at < message.size(); at = message.find("\r\n", at) + 2) {
    if (is_command(message.substr(at, lower.size()), lower.c_str()))
      if (const auto id = base::CallId::parse(message.substr(at + lower.size(), base::CallId::text_length)))
        return id->text();
    if (message.find("\r\n", at) == std::string::npos) break;
  }
  return "unknown";
}

}  // namespace

std::vector<fs::path> mails_of(const std::string& id, const fs::path& folder) {
  std::vector<fs::path> mails;
  for (unsigned n = 1; fs::exists(folder / fmt::format("{}-{}.eml", id, n)); ++n)
    mails.push_back(folder / fmt::format("{}-{}.eml", id, n));
  return mails;
}

MailSink::MailSink(fs::path folder, unsigned port, fs::path spool)
    : folder_(std::move(folder)), spool_(std::move(spool)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const int yes = 1;
  socklen_t size = sizeof address;
  socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(socket_.get(), 16) != 0 ||
      ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw base::system_failure("cannot be an SMTP server");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

MailSink::~MailSink() {
  ending_ = true;
  thread_.join();
}

void MailSink::serve() {
  std::list<std::jthread> clients;
  while (!ending_) {
    pollfd one{socket_.get(), POLLIN, 0};
    if (::poll(&one, 1, 50) <= 0) continue;
    base::UniqueFd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) continue;
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &longest_silence, sizeof longest_silence);
    clients.emplace_back([this, fd = std::move(client)] { serve_client(fd); });
  }
}

void MailSink::serve_client(const base::UniqueFd& client) const {
  const int fd = client.get();
  Lines lines(fd);
  say(fd, "220 sink");
  while (const auto line = lines.next()) {
    if (is_command(*line, "QUIT")) return say(fd, "221 bye");
    if (!is_command(*line, "DATA")) {
      say(fd, "250 fine");
      continue;
    }
    say(fd, "354 go on");
    std::string message;
    for (auto text = lines.next(); text != "."; text = lines.next()) {
      if (!text) return;
      message += text->substr(text->starts_with(".") ? 1 : 0) + "\r\n";
    }
    store(message);
    say(fd, "250 stored");
  }
}

void MailSink::store(const std::string& message) const {
  const std::string id = id_in(message);
  const std::size_t number = mails_of(id, folder_).size() + 1;
  std::error_code gone;
  if (number > 1 && !spool_.empty())
    fs::copy_file(queued_mail(spool_, id) / "state.json", folder_ / fmt::format("{}-{}.state", id, number),
                  fs::copy_options::overwrite_existing, gone);
  const fs::path part = folder_ / (id + ".part");
  std::ofstream(part, std::ios::binary) << message;
  fs::rename(part, folder_ / fmt::format("{}-{}.eml", id, number));
}

bool holds_file(const fs::path& mail, const std::string& octets) {
  std::string base64(4 * ((octets.size() + 2) / 3) + 1, '\0');
  const int length = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                       reinterpret_cast<const unsigned char*>(octets.data()),
                                       static_cast<int>(octets.size()));
  base64.resize(static_cast<std::size_t>(length));
  std::string text = scenario::text_of(mail);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  return text.find(base64) != std::string::npos;
}

}  // namespace torture
