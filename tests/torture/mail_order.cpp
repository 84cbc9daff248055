// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/mail_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "tests/torture/strace_lines.hpp"

namespace torture {
namespace fs = std::filesystem;
namespace {

using Paths = std::set<std::string>;

std::vector<std::string> quoted_in(const std::string& arguments) {
  static const std::regex quoted(R"re("([^"]*)")re");
  std::vector<std::string> all;
  for (std::sregex_iterator it(arguments.begin(), arguments.end(), quoted), end; it != end; ++it)
    all.push_back((*it)[1]);
  return all;
}

// The path behind the call's first descriptor: "5</a/b>, ...".
std::string descriptor_in(const std::string& arguments) {
  static const std::regex first(R"(^\d+<([^>]*)>)");
  std::smatch match;
  return std::regex_search(arguments, match, first) ? match[1].str() : "";
}

std::string parent(const std::string& path) {
  return fs::path(path).parent_path().string();
}

bool is_real_name(const fs::path& name) {
  return !name.string().starts_with(".") && !name.string().ends_with(".part");
}

class Order {
 public:
  explicit Order(const std::string& spool) : spool_(spool) {}
  void take(const SystemCall& call);
  MailOrder result;

 private:
  [[nodiscard]] bool is_in_spool(const std::string& path) const { return path.starts_with(spool_ + "/"); }
  [[nodiscard]] bool is_real(const std::string& path) const;
  void named(const std::string& from, const std::string& to);
  void entered(const std::string& path);
  void child_calls(const SystemCall& call);
  void opened(const std::string& file);
  void nothing_under_way(const std::string& what);
  void fault(const std::string& what, const std::string& missing);
  // Names without the ids and dates that are others each time.
  [[nodiscard]] std::string words_for(const std::string& path) const;

  const std::string spool_;
  int service_ = 0;        // the first process of the trace
  Paths seen_;             // files that were opened
  Paths written_;          // files with octets that no fsync has followed
  Paths changed_folders_;  // in which a real name came or went that no fsync has followed
};

bool Order::is_real(const std::string& path) const {
  if (path == spool_) return true;
  if (!is_in_spool(path)) return false;
  const fs::path inside = path.substr(spool_.size() + 1);
  return std::all_of(inside.begin(), inside.end(), is_real_name);
}

std::string Order::words_for(const std::string& path) const {
  static const std::regex varying(R"([0-9a-f]{32}|\d{4}-\d\d-\d\d)");
  if (path == spool_) return "spool";
  return std::regex_replace(path.substr(spool_.size() + 1), varying, "*");
}

void Order::fault(const std::string& what, const std::string& missing) {
  result.faults.push_back(fmt::format("{} before fsync of {}", what, words_for(missing)));
}

void Order::nothing_under_way(const std::string& what) {
  for (Paths* paths : {&written_, &changed_folders_})
    std::erase_if(*paths, [&](const std::string& path) {  // said once
      if (is_real(path)) fault(what, path);
      return is_real(path);
    });
}

void Order::entered(const std::string& path) {
  if (is_in_spool(path) && is_real_name(fs::path(path).filename())) changed_folders_.insert(parent(path));
}

// A folder takes along what is in it: that must be on the disk by then.
void Order::named(const std::string& from, const std::string& to) {
  const std::string what = is_real(to) ? words_for(to) + " got its name" : words_for(from) + " lost its name";
  if (is_real(to) || is_real(from)) {
    ++result.commits;
    nothing_under_way(what);
  }
  for (Paths* paths : {&written_, &changed_folders_}) {
    Paths still;
    for (const std::string& path : *paths) {
      const bool goes_along = path == from || path.starts_with(from + "/");
      if (goes_along && is_real(to))
        fault(what, path);
      else
        still.insert(goes_along ? to + path.substr(from.size()) : path);
    }
    paths->swap(still);
  }
  entered(to);
  entered(from);
}

void Order::opened(const std::string& file) {
  if (seen_.insert(file).second) entered(file);
}

// What a child makes must be on the disk, by its own fsync or by the service's, when the service gives it its name. Its
// scratch files are nobody's.
void Order::child_calls(const SystemCall& call) {
  const auto is = [&call](const char* name) { return call.name.find(name) != std::string::npos; };
  const std::string file = descriptor_in(call.arguments);
  const std::vector<std::string> names = quoted_in(call.arguments);
  if (is("write") && is_in_spool(file) && !is_real(file)) written_.insert(file);
  if (is("fsync") || is("fdatasync")) {
    written_.erase(file);
    changed_folders_.erase(file);
  }
  if (is("rename") && names.size() == 2 && is_in_spool(names[1]) && !is_real(names[1]))
    named(names[0], names[1]);
}

void Order::take(const SystemCall& call) {
  static const std::regex ack(R"re(iov_base="DFRX\\\d+\\0\\2\\0)re");
  const auto is = [&call](const char* name) { return call.name.find(name) != std::string::npos; };
  if (is("sendmsg") && std::regex_search(call.arguments, ack)) {
    ++result.acks;
    nothing_under_way("an ACK was sent");
  }
  if (call.result.starts_with("-")) return;
  if (service_ == 0) service_ = call.process;
  if (call.process != service_) return child_calls(call);
  const std::vector<std::string> names = quoted_in(call.arguments);
  if (is("clone") || is("fork")) {
    ++result.children;
    nothing_under_way("a child was started");
  } else if (is("fsync") || is("fdatasync")) {
    written_.erase(descriptor_in(call.arguments));
    changed_folders_.erase(descriptor_in(call.arguments));
  } else if (is("write")) {
    if (is_in_spool(descriptor_in(call.arguments))) written_.insert(descriptor_in(call.arguments));
  } else if (is("rename") && names.size() == 2) {
    named(names[0], names[1]);
  } else if ((is("mkdir") || is("unlink") || is("rmdir")) && !names.empty()) {
    if (is("mkdir")) entered(names[0]);
    written_.erase(names[0]);
  } else if (is("link") && names.size() == 2) {
    entered(names[1]);
  } else if (is("openat") && !names.empty() && call.arguments.find("O_CREAT") != std::string::npos) {
    opened(names[0]);
  }
}

}  // namespace

MailOrder mail_order(const std::string& trace, const std::string& spool) {
  SystemCalls calls(trace);
  Order order(spool);
  for (SystemCall call; calls.next(call);)
    order.take(call);
  return order.result;
}

}  // namespace torture
