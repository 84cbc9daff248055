// SPDX-License-Identifier: GPL-2.0-or-later
// What a channel is good for, from what the driver says of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "hw/dahdi/channel_list.hpp"

namespace hw {
namespace {

constexpr std::size_t most_suspects = 3;

bool can_some(const DahdiChannel& channel, std::string_view beginning) {
  return std::any_of(channel.capable_of.begin(), channel.capable_of.end(),
                     [&](const std::string& word) { return word.starts_with(beginning); });
}

bool is_t1_or_e1(const DahdiSpan& span) {
  return span.type == "E1" || span.type == "T1" || span.type == "J1";
}

bool is_digital(const DahdiSpan& span) {
  return is_t1_or_e1(span) || span.type.starts_with("BRI");
}

bool configured(const DahdiChannel& channel) {
  return channel.signalling != "Unconfigured";
}

// HDLCFCS, HDLCNET, MTP2, "Hardware-assisted HDLC": what dchan= and hardhdlc= of system.conf make.
bool has_frames(const DahdiChannel& channel) {
  return channel.signalling.find("HDLC") != std::string::npos || channel.signalling == "MTP2";
}

// The port's hardware decides; where it can be both (software spans), its configuration does. Signalling is
// named by the other end: an FXO port speaks FXS signalling.
PortKind analog_kind(const DahdiChannel& channel) {
  const bool fxo = can_some(channel, "FXS"), fxs = can_some(channel, "FXO");
  if (channel.signalling.starts_with("FXS")) return PortKind::fxo;
  if (channel.signalling.starts_with("FXO")) return PortKind::fxs;
  if (fxo && fxs && !configured(channel)) return PortKind::any;
  if (fxo && !fxs) return PortKind::fxo;
  if (fxs && !fxo) return PortKind::fxs;
  return PortKind::other;
}

PortKind kind_of(const DahdiChannel& channel, const DahdiSpan& span) {
  if (channel.broken || (channel.capable_of.empty() && !configured(channel))) return PortKind::empty;
  const PortKind kind = analog_kind(channel);
  const bool either = kind == PortKind::other || kind == PortKind::any;
  if (has_frames(channel)) return PortKind::d_channel;
  // On E1, T1 and BRI a channel that is not configured says nothing of what it will be.
  if (is_digital(span) && (either || !configured(channel)))
    return channel.signalling == "Clear" || !configured(channel) ? PortKind::b_channel : PortKind::other;
  return either && channel.signalling == "Clear" ? PortKind::b_channel : kind;
}

void set(DahdiChannel& channel, ChannelState state, std::string why = {}) {
  channel.state = state;
  channel.why = std::move(why);
}

std::string why_not_served(const DahdiChannel& channel, const DahdiSpan& span) {
  switch (channel.kind) {
    case PortKind::empty:
      return channel.broken ? "the module in this port has failed" : "there is no module in this port";
    case PortKind::fxs:
      return "an FXS port feeds a telephone; a line goes into an FXO port";
    case PortKind::b_channel:
    case PortKind::d_channel:
      return "ISDN comes with a later version";
    case PortKind::other:
      return configured(channel) ? fmt::format("{} signalling", channel.signalling)
                                 : "neither an FXO port nor ISDN";
    case PortKind::fxo:
      if (is_t1_or_e1(span)) return fmt::format("{} by robbed bits on {}", channel.signalling, span.type);
      return channel.signalling == "FXSGS" ? "ground start; give it fxsks" : "";
    case PortKind::any:
      break;
  }
  return "";
}

// Only signalling keeps such a port from service.
bool is_analog_line(const DahdiChannel& channel) {
  return channel.signalling == "FXSKS" || channel.signalling == "FXSLS";
}

std::string who(const DahdiChannel& channel) {
  std::vector<std::string> names;
  names.reserve(channel.users.size());
  for (const ChannelUser& user : channel.users)
    names.push_back(fmt::format("{} ({})", user.is_ours() ? "dahdi-faxrx" : user.program, user.pid));
  if (names.empty() || names.size() > most_suspects) return "another program";
  return fmt::format("{}", fmt::join(names, " or "));
}

// What keeps calls from coming in, "" = nothing. YELLOW, RECOVERING and LOOP count too: no call is sure then.
std::string trouble(const DahdiChannel& channel) {
  if (!channel.alarms.empty()) return fmt::format("{} alarm", fmt::join(channel.alarms, " "));
  return channel.battery == false ? "no battery" : "";
}

void judge_line(DahdiChannel& channel) {
  if (channel.open) return set(channel, ChannelState::in_use, who(channel));
  if (!configured(channel)) return set(channel, ChannelState::not_configured, "run dahdi_cfg");
  if (!is_analog_line(channel))
    return set(
        channel, ChannelState::not_configured,
        fmt::format("{} is not for lines; write fxsks={} into /etc/dahdi/system.conf and run dahdi_cfg",
                    channel.signalling, channel.number));
  const std::string bad = trouble(channel);
  set(channel, bad.empty() ? ChannelState::ready : ChannelState::no_line, bad);
}

}  // namespace

void judge_channel(DahdiChannel& channel, const DahdiSpan& span) {
  channel.kind = kind_of(channel, span);
  std::string why = why_not_served(channel, span);
  if (why.empty())
    judge_line(channel);
  else
    set(channel, ChannelState::not_served, std::move(why));
}

}  // namespace hw
