// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/channel_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sysexits.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "src/faxrx/channel_advice.hpp"

namespace faxrx {
namespace {

using Json = nlohmann::ordered_json;
using hw::ChannelList;
using hw::ChannelState;
using hw::DahdiCard;
using hw::DahdiChannel;
using hw::DahdiSpan;
using hw::PortKind;

const char* kind_name(PortKind kind) {
  switch (kind) {
    case PortKind::fxo:
      return "FXO port";
    case PortKind::fxs:
      return "FXS port";
    case PortKind::b_channel:
      return "B channel";
    case PortKind::d_channel:
      return "D channel";
    case PortKind::any:
      return "any";
    case PortKind::empty:
      return "empty";
    case PortKind::other:
      break;
  }
  return "other";
}

const char* state_name(ChannelState state) {
  switch (state) {
    case ChannelState::ready:
      return "ready";
    case ChannelState::no_line:
      return "no line";
    case ChannelState::in_use:
      return "in use";
    case ChannelState::not_configured:
      return "not configured";
    case ChannelState::not_served:
      break;
  }
  return "not served";
}

const char* law_name(hw::Law law) {
  if (law == hw::Law::unknown) return "?";
  return law == hw::Law::mu ? "mu-law" : "A-law";
}

std::string state_text(const DahdiChannel& channel) {
  if (channel.why.empty()) return state_name(channel.state);
  if (channel.state != ChannelState::in_use)
    return fmt::format("{}: {}", state_name(channel.state), channel.why);
  const bool alarmed = !channel.alarms.empty();
  return fmt::format("in use by {}{}", channel.why,
                     alarmed ? fmt::format("; {} alarm", fmt::join(channel.alarms, " ")) : "");
}

bool is_analog(const DahdiSpan& span) {
  return span.type == "FXO" || span.type == "FXS" || span.type == "ANALOG_MIXED";
}

// Only a digital line brings a clock with it.
std::string clock_text(const DahdiSpan& span) {
  if (span.clock_source == span.number) return "from this line";
  if (span.clock_source != 0) return fmt::format("from span {}", span.clock_source);
  if (is_analog(span)) return "the card's own";
  if (span.type == "DYNAMIC") return "the machine's own";
  return "free-running, not the network's";
}

std::string count_text(std::optional<unsigned> count) {
  return count ? fmt::format("{}", *count) : "unknown";
}

std::string or_none(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, " "));
}

void show_span(const DahdiSpan& span, std::FILE* to) {
  fmt::print(to, "span {}  {}  {}{}{}\n", span.number, span.name, span.description,
             span.type.empty() ? "" : ", " + span.type,
             span.line_config.empty() ? "" : ", " + span.line_config);
  fmt::print(to, "  alarms: {}; clock: {}{}; IRQ misses: {}; timing slips: {}\n", or_none(span.alarms),
             clock_text(span), span.sync_master ? " (DAHDI's master)" : "", count_text(span.irq_misses),
             count_text(span.timing_slips));
}

std::size_t widest_signalling(const ChannelList& list) {
  std::size_t widest = std::string_view("SIGNALLING").size();
  for (const DahdiChannel& channel : list.channels)
    widest = std::max(widest, channel.signalling.size());
  return widest;
}

void show_table(const ChannelList& list, std::FILE* to) {
  const std::size_t width = widest_signalling(list);
  for (const DahdiSpan& span : list.spans) {
    show_span(span, to);
    fmt::print(to, "  {:>7}  {:>4}  {:9}  {:{}}  {:6}  {}\n", "CHANNEL", "PORT", "KIND", "SIGNALLING", width,
               "LAW", "STATE");
    for (const DahdiChannel& channel : list.channels)
      if (channel.span == span.number)
        fmt::print(to, "  {:7}  {:4}  {:9}  {:{}}  {:6}  {}\n", channel.number, channel.port,
                   kind_name(channel.kind), channel.signalling, width, law_name(channel.law),
                   state_text(channel));
    fmt::print(to, "\n");
  }
}

void show_text(const ChannelList& list, std::FILE* to) {
  show_table(list, to);
  for (const std::string& remark : channel_remarks(list))
    fmt::print(to, "{}\n", remark);
  fmt::print(to, "{}\n", channel_advice(list));
  const std::string command = suggested_command(list);
  if (!command.empty()) fmt::print(to, "  {}\n", command);
}

// "no line" → "no_line"
std::string code(std::string_view words) {
  std::string text(words);
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

const char* kind_code(PortKind kind) {
  switch (kind) {
    case PortKind::fxo:
      return "fxo";
    case PortKind::fxs:
      return "fxs";
    case PortKind::b_channel:
      return "b";
    case PortKind::d_channel:
      return "d";
    default:
      return kind_name(kind);
  }
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json law_code(hw::Law law) {
  if (law == hw::Law::unknown) return {};
  return law == hw::Law::mu ? "mulaw" : "alaw";
}

Json card_json(const DahdiCard& card) {
  return {{"device", card.device},
          {"type", card.type},
          {"manufacturer", card.manufacturer},
          {"location", card.location},
          {"hardware_id", card.hardware_id},
          {"spans", card.spans},
          {"spans_assigned", card.spans_assigned}};
}

Json span_json(const DahdiSpan& span) {
  return {{"number", span.number},
          {"name", span.name},
          {"description", span.description},
          {"card", or_null(span.card)},
          {"type", span.type},
          {"line_config", span.line_config},
          {"alarms", span.alarms},
          {"sync_master", span.sync_master},
          {"clock_source", span.clock_source},
          {"irq_misses", or_null(span.irq_misses)},
          {"timing_slips", or_null(span.timing_slips)}};
}

Json users_json(const DahdiChannel& channel) {
  Json users = Json::array();
  for (const hw::ChannelUser& user : channel.users)
    users.push_back({{"program", user.program}, {"pid", user.pid}});
  return users;
}

Json channel_json(const DahdiChannel& channel) {
  return {{"number", channel.number},
          {"span", channel.span},
          {"port", channel.port},
          {"kind", kind_code(channel.kind)},
          {"signalling", channel.signalling},
          {"law", law_code(channel.law)},
          {"state", code(state_name(channel.state))},
          {"why", channel.why},
          {"alarms", channel.alarms},
          {"battery", or_null(channel.battery)},
          {"echo_canceller", or_null(channel.echo_canceller)},
          {"open", channel.open},
          {"used_by", users_json(channel)}};
}

template <typename T>
Json array_of(const std::vector<T>& things, Json (*json)(const T&)) {
  Json array = Json::array();
  for (const T& thing : things)
    array.push_back(json(thing));
  return array;
}

void show_json(const ChannelList& list, std::FILE* to) {
  const Json json = {{"driver_loaded", list.driver_loaded},
                     {"asked_driver", list.asked_driver},
                     {"cards", array_of(list.cards, card_json)},
                     {"spans", array_of(list.spans, span_json)},
                     {"channels", array_of(list.channels, channel_json)},
                     {"remarks", channel_remarks(list)},
                     {"advice", channel_advice(list)},
                     {"command", or_null(suggested_command(list))}};
  fmt::print(to, "{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int show_channels(const ChannelList& list, bool json, std::FILE* to) {
  if (json)
    show_json(list, to);
  else
    show_text(list, to);
  return something_served(list) ? EX_OK : EX_UNAVAILABLE;
}

int show_channels(bool json, std::FILE* to) {
  return show_channels(hw::list_channels(), json, to);
}

}  // namespace faxrx
