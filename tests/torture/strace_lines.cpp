// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/strace_lines.hpp"

#include <fmt/format.h>

#include <regex>
#include <utility>

namespace torture {

bool is_said(const std::string& name) {
  return name.starts_with("send") || name.starts_with("write");
}

bool SystemCalls::next(SystemCall& call) {
  for (std::string line; std::getline(lines_, line);)
    if (read(line, call)) return true;
  return false;
}

bool SystemCalls::read(const std::string& line, SystemCall& call) {
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

}  // namespace torture
