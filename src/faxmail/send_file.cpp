// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/send_file.hpp"

#include <gio/gio.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>

#include "src/base/call_id.hpp"
#include "src/base/errors.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/log.hpp"
#include "src/base/memory_file.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/child_work.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/route.hpp"
#include "src/faxmail/workers.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr const char* any_bytes = "application/octet-stream";

// What is sent most, for a machine without the shared MIME database that GLib asks.
const std::map<std::string, std::string> common_types = {
    {".pdf", "application/pdf"}, {".tif", "image/tiff"},  {".tiff", "image/tiff"},     {".png", "image/png"},
    {".jpg", "image/jpeg"},      {".jpeg", "image/jpeg"}, {".wav", "audio/x-wav"},     {".mp3", "audio/mpeg"},
    {".txt", "text/plain"},      {".csv", "text/csv"},    {".zip", "application/zip"}, {".ogg", "audio/ogg"}};

std::string joined_names(const std::vector<fs::path>& files) {
  std::string names;
  for (const fs::path& file : files)
    names += (names.empty() ? "" : ", ") + base::printable(file.filename().string());
  return names;
}

// Said before anything is done; 0 = nothing wrong.
int mistakes_in(const SendRequest& request) {
  int code = EX_OK;
  const auto wrong = [&](int with, const std::string& sentence) {
    base::log::error("{}", sentence);
    if (code == EX_OK) code = with;
  };
  if (request.to.empty()) wrong(EX_USAGE, "say who gets the mail: -r name@host.example");
  if (request.files.empty()) wrong(EX_USAGE, "say what is sent: -a FILE");
  for (const std::string& one : request.to)
    if (!valid_address(one))
      wrong(EX_USAGE,
            fmt::format("\"{}\" cannot be mailed to; an address is written name@host.example", one));
  if (!request.from.empty() && !valid_address(request.from))
    wrong(EX_USAGE,
          fmt::format("\"{}\" cannot be the sender; an address is written name@host.example", request.from));
  for (const fs::path& file : request.files) {
    std::error_code error;
    const bool regular = fs::is_regular_file(file, error);
    if (!regular) wrong(EX_NOINPUT, fmt::format("there is no file {}", file.string()));
    if (regular && ::access(file.c_str(), R_OK) != 0)
      wrong(EX_NOINPUT, base::system_failure("cannot read " + file.string()).what());
  }
  return code;
}

base::UniqueFd written_message(const SendRequest& request, const std::string& from) {
  const std::string names = joined_names(request.files);
  MessageRequest message;
  message.from = from;
  message.to = request.to;
  message.subject = request.subject.empty() ? names : base::printable(request.subject, 256);
  message.message_id = base::CallId::random().text() + "@" + this_host();
  message.text = fmt::format("Attached: {}\n", names);
  for (const fs::path& file : request.files)
    message.attachments.push_back({file, base::printable(file.filename().string()), content_type_of(file)});
  base::UniqueFd fd = base::memory_file("message");
  write_message(message, fd.get());
  return fd;
}

// In a process of its own all the same: connect() has no time-out.
WorkerEnd run_delivery(const DeliveryRequest& request, const Smtp& smtp, int message_fd) {
  base::EventLoop loop;
  WorkerEnd result;
  Workers workers(loop);
  workers.start([&](int output) { return deliver_in_child(request, smtp, output, message_fd); },
                smtp.delivery_limit_s,
                [&](const WorkerEnd& end) {
                  result = end;
                  loop.stop(0);
                });
  loop.run();
  return result;
}

int report(const DeliveryResult& result) {
  bool later = false, never = false;
  for (const RecipientAnswer& one : result.recipients) {
    if (one.answer == Answer::delivered) {
      base::log::debug("{} took it: {}", one.address, one.words);
      continue;
    }
    base::log::error("not mailed to {}: {}", one.address, one.words);
    (one.answer == Answer::never ? never : later) = true;
  }
  if (result.configuration_error) return EX_CONFIG;
  if (never) return EX_UNAVAILABLE;
  return later ? EX_TEMPFAIL : EX_OK;
}

}  // namespace

std::string content_type_of(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) { return g_ascii_tolower(c); });
  if (const auto common = common_types.find(ending); common != common_types.end()) return common->second;
  const std::unique_ptr<char, decltype(&g_free)> kind(
      g_content_type_guess(file.filename().c_str(), nullptr, 0, nullptr), g_free);
  const std::unique_ptr<char, decltype(&g_free)> type(
      kind ? g_content_type_get_mime_type(kind.get()) : nullptr, g_free);
  return type && g_content_type_is_unknown(kind.get()) == FALSE ? type.get() : any_bytes;
}

int send_files(const SendRequest& request, const Settings& settings) {
  if (const int code = mistakes_in(request)) return code;
  const std::string from = request.from.empty() ? sender_of(settings) : request.from;
  const base::UniqueFd message = written_message(request, from);
  const DeliveryRequest delivery{fmt::format("/proc/self/fd/{}", message.get()), from, request.to};
  const WorkerEnd end = run_delivery(delivery, settings.smtp, message.get());
  const std::string otherwise =
      end.good() || end.timed_out || end.output.empty()
          ? "the delivery's process " + end.in_words() + " before the server had answered"
          : end.output;
  return report(result_from(end.output, delivery, otherwise));
}

}  // namespace faxmail
