// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/fsync_order.hpp"

#include <fmt/format.h>

#include <regex>

#include "tests/torture/strace_lines.hpp"

namespace torture {
namespace {

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
  SystemCalls calls(trace);
  Order order(page_process);
  for (SystemCall call; calls.next(call);)
    order.take(call);
  return order.result;
}

}  // namespace torture
