// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/child_work.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"

namespace faxmail {
namespace {

using base::sandbox::FileRight;
using base::sandbox::Folder;
using Json = nlohmann::json;

constexpr rlim_t most_memory = 512ULL << 20;

std::vector<Folder> to_read(std::initializer_list<const char*> paths) {
  std::vector<Folder> folders;
  for (const char* path : paths)
    folders.push_back({path, FileRight::read});
  return folders;
}

// What the resolver and OpenSSL read. Not /etc as a whole here either: other servers' passwords are there.
std::vector<Folder> files_for_mailing() {
  return to_read({"/usr",
                  "/lib",
                  "/lib64",
                  "/etc/ld.so.cache",
                  "/etc/localtime",
                  "/etc/resolv.conf",
                  "/etc/hosts",
                  "/etc/host.conf",
                  "/etc/gai.conf",
                  "/etc/nsswitch.conf",
                  "/etc/services",
                  "/etc/protocols",
                  "/etc/hostname",
                  "/etc/ssl",
                  "/etc/pki",
                  "/etc/ca-certificates",
                  "/etc/crypto-policies",
                  "/dev/null",
                  "/dev/urandom",
                  "/run/systemd/resolve",
                  "/run/resolvconf",
                  "/run/NetworkManager"});
}

void say_result(const DeliveryResult& result, int output) {
  const std::string json = to_json(result);
  if (::ftruncate(output, 0) != 0 || ::lseek(output, 0, SEEK_SET) != 0)
    throw base::system_failure("cannot write the result");
  base::write_all(output, json, "the result");
}

void say_without_landlock(bool restricted) {
  if (!restricted) base::log::debug("this kernel has no Landlock: the child is held by seccomp alone");
}

Answer answer_from(int number) {
  if (number == static_cast<int>(Answer::delivered)) return Answer::delivered;
  return number == static_cast<int>(Answer::never) ? Answer::never : Answer::later;
}

}  // namespace

void give_up_all_but_mailing(const std::filesystem::path& message, int output, int message_fd,
                             const std::filesystem::path& ca_file) {
  base::sandbox::close_other_fds({output, message_fd});
  base::sandbox::limit_resources(
      {base::sandbox::memory_limit(most_memory), {RLIMIT_NOFILE, 64}, {RLIMIT_NPROC, 0}, {RLIMIT_CORE, 0}});
  std::vector<Folder> folders = files_for_mailing();
  if (message_fd < 0) folders.push_back({message, FileRight::read});
  if (!ca_file.empty()) folders.push_back({ca_file, FileRight::read});
  say_without_landlock(base::sandbox::restrict_files(folders));
  base::sandbox::allow_only(
      {base::sandbox::plain_computing,
       base::sandbox::working_with_files,
       {"socket", "connect", "bind", "getsockname", "getpeername", "getsockopt", "setsockopt", "sendmmsg",
        "shutdown", "prlimit64", "getppid", "pipe2", "times"}});
}

int deliver_in_child(const DeliveryRequest& request, const Smtp& smtp, int output, int message_fd) {
  give_up_all_but_mailing(request.message, output, message_fd, smtp.ca_file);
  say_result(deliver(request, smtp, [&](const DeliveryResult& heard) { say_result(heard, output); }), output);
  return 0;
}

std::string to_json(const DeliveryResult& result) {
  Json json = {{"configuration_error", result.configuration_error},
               {"size_limit", result.size_limit},
               {"recipients", Json::array()}};
  for (const RecipientAnswer& one : result.recipients)
    json["recipients"].push_back(
        {{"address", one.address}, {"answer", static_cast<int>(one.answer)}, {"words", one.words}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

DeliveryResult result_from(const std::string& text, const DeliveryRequest& request,
                           const std::string& otherwise) {
  DeliveryResult result;
  try {
    const Json json = Json::parse(text);
    result.configuration_error = json.at("configuration_error").get<bool>();
    result.size_limit = json.at("size_limit").get<std::uint64_t>();
    for (const Json& one : json.at("recipients"))
      result.recipients.push_back({one.at("address").get<std::string>(),
                                   answer_from(one.at("answer").get<int>()),
                                   one.at("words").get<std::string>()});
    if (result.recipients.size() == request.to.size()) return result;
  } catch (const nlohmann::json::exception&) {
    // Killed before it could speak; said below.
  }
  result = {};
  for (const std::string& address : request.to)
    result.recipients.push_back({address, Answer::later, otherwise});
  return result;
}

}  // namespace faxmail
