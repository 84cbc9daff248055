// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/fsync_order.hpp"

#include <fmt/format.h>

#include <map>
#include <regex>
#include <sstream>
#include <utility>

namespace torture {
namespace {

struct SystemCall {
  int process;
  std::string name, arguments, result;
};

// A call that another process's came between is two lines: "123 fsync(3</x> <unfinished ...>" and
// "123 <... fsync resumed>) = 0". It counts where it ended, but for what is said to others: that may have been heard
// as soon as it began.
class Calls {
 public:
  explicit Calls(const std::string& trace) : lines_(trace) {}
  bool next(SystemCall& call) {
    for (std::string line; std::getline(lines_, line);)
      if (read(line, call)) return true;
    return false;
  }

 private:
  bool read(const std::string& line, SystemCall& call);

  std::istringstream lines_;
  std::map<int, std::string> begun_;
};

bool is_said(const std::string& name) {
  return name.starts_with("send") || name.starts_with("write");
}

bool Calls::read(const std::string& line, SystemCall& call) {
  static const std::regex whole(R"((\d+) +(\w+)\((.*)\) += (-?\w+).*)");
  static const std::regex unfinished(R"((\d+) +(\w+)\((.*) <unfinished \.\.\.>)");
  static const std::regex resumed(R"((\d+) +<\.\.\. \w+ resumed>(.*))");
  std::smatch match;
  if (std::regex_match(line, match, unfinished)) {
    call = {std::stoi(match[1]), match[2], match[3], "0"};
    if (is_said(call.name)) return true;
    begun_[call.process] = fmt::format("{} {}({}", call.process, call.name, call.arguments);
    return false;
  }
  if (std::regex_match(line, match, resumed)) {
    const std::string begin = std::exchange(begun_[std::stoi(match[1])], "");
    return !begin.empty() && read(begin + match[2].str(), call);
  }
  if (!std::regex_match(line, match, whole)) return false;
  call = {std::stoi(match[1]), match[2], match[3], match[4]};
  return true;
}

class Order {
 public:
  explicit Order(int page_process) : page_process_(page_process) {}
  void take(const SystemCall& call);
  FsyncOrder result;

 private:
  void page_process_calls(const SystemCall& call);
  void verdict();
  void missing(bool is_so, const char* what) {
    if (!is_so)
      result.faults.push_back(fmt::format("page {}: the verdict was told before {}", result.pages, what));
  }

  const int page_process_;
  bool written_ = false, file_synced_ = false, renamed_ = false, folder_synced_ = false;
};

void Order::take(const SystemCall& call) {
  if (call.process == page_process_) return page_process_calls(call);
  if (!call.name.starts_with("write") || call.arguments.find(" confirmed: ") == std::string::npos) return;
  if (++result.mcfs > result.pages)
    result.faults.push_back(fmt::format("MCF {} was heard before a verdict was told", result.mcfs));
}

void Order::page_process_calls(const SystemCall& call) {
  static const std::regex part(R"(incoming/[0-9a-f]{32}/\.\d{4}\.tif\.part>)");
  static const std::regex page(R"(incoming/[0-9a-f]{32}/\d{4}\.tif")");
  static const std::regex folder(R"(incoming/[0-9a-f]{32}>$)");
  static const std::regex socket(R"(^\d+<(UNIX|socket))");
  const auto is_about = [&call](const std::regex& what) { return std::regex_search(call.arguments, what); };
  const bool succeeded = call.result == "0";
  const bool writes = call.name.starts_with("write") || call.name.starts_with("pwrite");
  const bool syncs = (call.name == "fsync" || call.name == "fdatasync") && succeeded;
  if (writes && is_about(part)) written_ = true, file_synced_ = renamed_ = folder_synced_ = false;
  if (syncs && is_about(part)) file_synced_ = written_;
  if (call.name.starts_with("rename") && succeeded && is_about(page)) renamed_ = true;
  if (syncs && is_about(folder)) folder_synced_ = renamed_;
  if (is_said(call.name) && is_about(socket) && written_) verdict();
}

void Order::verdict() {
  ++result.pages;
  missing(file_synced_, "fsync of its file");
  missing(renamed_, "it had its name");
  missing(folder_synced_, "fsync of its folder");
  written_ = file_synced_ = renamed_ = folder_synced_ = false;
}

}  // namespace

FsyncOrder fsync_order(const std::string& trace, int page_process) {
  Calls calls(trace);
  Order order(page_process);
  for (SystemCall call; calls.next(call);)
    order.take(call);
  return order.result;
}

}  // namespace torture
