// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/trace_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "src/base/call_id.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxrx/trace_file.hpp"

namespace faxrx {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t calls_in_the_list = 20;

struct Found {
  fs::file_time_type written;
  std::string id;
};

// Newest first.
std::vector<Found> calls_in(const fs::path& folder, const std::string& beginning) {
  std::error_code error;
  std::vector<Found> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string id = entry.path().stem().string();
    if (entry.path().extension() == ".jsonl" && base::CallId::parse(id) && id.starts_with(beginning))
      found.push_back({entry.last_write_time(error), id});
  }
  if (error) throw base::Failure("cannot look into {}: {}", folder.string(), error.message());
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.written > b.written; });
  return found;
}

// A line that a crash cut, or that is none of ours, is left out.
std::vector<TraceJson> lines_of(const fs::path& file) {
  const std::string text = base::read_file(file, largest_trace);
  std::vector<TraceJson> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    TraceJson line = TraceJson::parse(text.begin() + static_cast<std::ptrdiff_t>(at),
                                      text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (line.is_object()) lines.push_back(std::move(line));
    at = end + 1;
  }
  if (lines.empty()) throw base::Failure("{} is no trace", file.string());
  return lines;
}

// A field as a person reads it; "" when there is none.
std::string shown(const TraceJson& line, const char* field) {
  if (!line.contains(field)) return "";
  const TraceJson& value = line[field];
  if (value.is_string()) return base::printable(value.get<std::string>(), 1000);
  return base::printable(value.dump(-1, ' ', false, TraceJson::error_handler_t::replace), 1000);
}

double seconds_of(const TraceJson& line) {
  return line.contains("t") && line["t"].is_number() ? line["t"].get<double>() : 0;
}

std::string frame_text(const TraceJson& line) {
  const std::string words = shown(line, "words");
  return fmt::format("{} {:8}{}{}{}", shown(line, "dir") == "said" ? "->" : "<-", shown(line, "name"),
                     shown(line, "hex"), words.empty() ? "" : "  | ", words);
}

// "training: modem V.17, bps 14400"
std::string event_text(const TraceJson& line) {
  std::string text = shown(line, "event");
  const char* separator = ": ";
  for (const auto& [name, value] : line.items()) {
    const std::string word = name == "t" || name == "event" ? "" : shown(line, name.c_str());
    if (word.empty()) continue;
    text += fmt::format("{}{} {}", separator, base::printable(name, 40), word);
    separator = ", ";
  }
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

void show_line(const TraceJson& line, std::FILE* to) {
  const bool frame = shown(line, "event") == "frame";
  fmt::print(to, "{:10.3f}  {}\n", seconds_of(line), frame ? frame_text(line) : "   " + event_text(line));
}

std::string or_unknown(const std::string& text) {
  return text.empty() ? "unknown" : text;
}

void show_call(const std::vector<TraceJson>& lines, std::FILE* to) {
  const TraceJson& call = lines.front();
  fmt::print(to, "call {} of {}, from {} {}to {}, on line {}\n", shown(call, "id"), shown(call, "time"),
             or_unknown(shown(call, "caller_number")),
             shown(call, "caller_name").empty() ? "" : "(" + shown(call, "caller_name") + ") ",
             or_unknown(shown(call, "called")), shown(call, "line"));
  fmt::print(to, "seconds since the answer; <- heard, -> said\n");
  for (std::size_t i = 1; i < lines.size(); ++i)
    show_line(lines[i], to);
}

TraceJson summary(const std::vector<TraceJson>& lines) {
  const bool ended = shown(lines.back(), "event") == "end";
  const TraceJson& end = lines.back();
  TraceJson json = {{"id", shown(lines.front(), "id")}, {"time", shown(lines.front(), "time")}};
  json["caller_number"] = shown(lines.front(), "caller_number");
  json["called"] = shown(lines.front(), "called");
  json["pages"] = ended && end.contains("pages") ? end["pages"] : TraceJson();
  json["outcome"] = ended ? shown(end, "outcome") : "";
  return json;
}

void show_in_list(const TraceJson& json, std::FILE* to) {
  const std::string pages = json["pages"].is_null() ? "-" : shown(json, "pages");
  const std::string outcome = shown(json, "outcome");
  fmt::print(to, "{}  {}  {:20}  {:>5}  {}\n", shown(json, "id"), shown(json, "time"),
             or_unknown(shown(json, "caller_number")), pages, outcome.empty() ? "no end" : outcome);
}

void show_list(const fs::path& folder, bool json, std::FILE* to) {
  std::vector<Found> calls = calls_in(folder, "");
  if (calls.empty() && !json) fmt::print(to, "there is no trace of a call in {}\n", folder.string());
  calls.resize(std::min(calls.size(), calls_in_the_list));
  for (const Found& call : calls) {
    const TraceJson line = summary(lines_of(folder / (call.id + ".jsonl")));
    if (json)
      fmt::print(to, "{}\n", line.dump());
    else
      show_in_list(line, to);
  }
}

std::string only_call(const fs::path& folder, const std::string& beginning) {
  const std::vector<Found> calls = calls_in(folder, beginning);
  if (calls.empty())
    throw base::Failure("there is no trace of a call {} in {}; \"dahdi-faxrx trace\" lists the newest calls",
                        base::printable(beginning, 40), folder.string());
  if (calls.size() > 1)
    throw base::Failure("{} calls begin with {}, as {} and {}; give more of the id", calls.size(), beginning,
                        calls[0].id, calls[1].id);
  return calls.front().id;
}

}  // namespace

void show_traces(const fs::path& folder, const TraceWish& wish, std::FILE* to) {
  if (wish.id.empty()) return show_list(folder, wish.json, to);
  const fs::path file = folder / (only_call(folder, wish.id) + ".jsonl");
  if (!wish.json) return show_call(lines_of(file), to);
  const std::string text = base::read_file(file, largest_trace);
  std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace faxrx
