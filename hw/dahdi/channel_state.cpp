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
    case PortKind::d_channel:
      return "carries its span's signalling";
    case PortKind::b_channel:
      return span.type == "BRI_NT" ? "the network's side of a BRI, for telephones" : "";
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

bool has_d_channel(const std::vector<DahdiChannel>& channels, unsigned span) {
  return std::any_of(channels.begin(), channels.end(), [span](const DahdiChannel& channel) {
    return channel.span == span && has_frames(channel);
  });
}

// What keeps calls from coming in, "" = nothing. YELLOW, RECOVERING and LOOP count too: no call is sure then.
std::string trouble(const DahdiChannel& channel) {
  if (!channel.alarms.empty()) return fmt::format("{} alarm", fmt::join(channel.alarms, " "));
  return channel.battery == false ? "no battery" : "";
}

void judge_b_channel(DahdiChannel& channel, const DahdiSpan& span, bool with_d_channel) {
  if (channel.open) return set(channel, ChannelState::in_use, who(channel));
  if (!configured(channel)) return set(channel, ChannelState::not_configured, "run dahdi_cfg");
  if (!with_d_channel)
    return set(channel, ChannelState::not_configured,
               fmt::format("span {} has no D channel; dahdi_genconf writes one", span.number));
  // A BRI line may be at rest between calls, and then looks as if it were cut.
  const bool may_rest = span.type.starts_with("BRI");
  const std::string bad = may_rest ? "" : trouble(channel);
  set(channel, bad.empty() ? ChannelState::ready : ChannelState::no_line, bad);
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

void judge_channel(DahdiChannel& channel, const DahdiSpan& span, const std::vector<DahdiChannel>& all) {
  channel.kind = kind_of(channel, span);
  std::string why = why_not_served(channel, span);
  if (why.empty() && channel.kind == PortKind::b_channel)
    judge_b_channel(channel, span, has_d_channel(all, span.number));
  else if (why.empty())
    judge_line(channel);
  else
    set(channel, ChannelState::not_served, std::move(why));
}

}  // namespace hw
