// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/line_view.hpp"

#include <algorithm>

#include "hw/line.hpp"
#include "src/base/remote_text.hpp"

namespace faxrx {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t longest_call_s = 30ULL * 24 * 3600;  // more than longest_call_min can be

const char* name_of(modem::FastModem modem) noexcept {
  switch (modem) {
    case modem::FastModem::v27ter:
      return "V.27ter";
    case modem::FastModem::v29:
      return "V.29";
    case modem::FastModem::v17:
      return "V.17";
    default:
      return "";
  }
}

// A byte that came through shared memory need not be one of the table's.
const char* name_of(LineState state) noexcept {
  for (const StateRow& row : line_states)
    if (row.state == state) return row.name;
  return "unknown";
}

bool is_call(LineState state) noexcept {
  return state == LineState::ringing || state == LineState::listening || state == LineState::receiving ||
         state == LineState::ending;
}

const char* state_of_open(const LineView& view) noexcept {
  if (!view.shown) return "starting";
  const LineStatus& shown = *view.shown;
  if (shown.state != LineState::ready) return name_of(shown.state);
  if (shown.trouble != 0) return "no_line";
  if (view.blocked) return "blocked";
  return shown.accepting != 0 ? name_of(shown.state) : "not_answering";
}

Json call_of(const LineStatus& shown) {
  Json call;
  call["caller"] = base::printable(shown.caller_number.view());
  call["name"] = base::printable(shown.caller_name.view());
  call["called"] = base::printable(shown.called.view());
  call["station_id"] = base::printable(shown.station_id.view());
  call["rings"] = shown.rings;
  call["pages"] = shown.pages;
  call["modem"] = name_of(shown.modem);
  call["rate_bps"] = shown.rate_bps;
  call["ecm"] = shown.ecm != 0;
  call["seconds"] = std::min(shown.call_samples / hw::samples_per_second, longest_call_s);
  return call;
}

}  // namespace

const char* state_of(const LineView& view) noexcept {
  switch (view.process) {
    case LineProcess::open:
      return state_of_open(view);
    case LineProcess::cannot_open:
      return "cannot_open";
    case LineProcess::restarting:
      return "restarting";
    case LineProcess::over:
      return "over";
    case LineProcess::starting:
      break;
  }
  return "starting";
}

bool in_a_call(const LineView& view) noexcept {
  return view.process == LineProcess::open && view.shown && is_call(view.shown->state);
}

nlohmann::ordered_json to_json(const LineView& view) {
  Json json;
  json["line"] = view.line;
  json["state"] = state_of(view);
  json["blocked"] = view.blocked;
  json["ends_when_idle"] = view.ends_when_idle;
  if (!view.why.empty()) json["why"] = view.why;
  if (view.shown) json["calls"] = view.shown->calls;
  if (in_a_call(view)) json["call"] = call_of(*view.shown);
  return json;
}

}  // namespace faxrx
