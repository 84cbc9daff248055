// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/channel_advice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

namespace faxrx {
namespace {

using hw::ChannelList;
using hw::ChannelState;
using hw::DahdiCard;
using hw::DahdiChannel;
using hw::DahdiSpan;
using hw::PortKind;
using Numbers = std::vector<unsigned>;

constexpr const char* chapter = "See SETTING UP A CARD in dahdi-faxrx(8).";

Numbers channels_that(const ChannelList& list, const std::function<bool(const DahdiChannel&)>& fit) {
  Numbers numbers;
  for (const DahdiChannel& channel : list.channels)
    if (fit(channel)) numbers.push_back(channel.number);
  return numbers;
}

Numbers lines_in(const ChannelList& list, ChannelState state) {
  return channels_that(list, [&](const DahdiChannel& channel) {
    const bool takes_calls = channel.kind == PortKind::fxo || channel.kind == PortKind::b_channel;
    return channel.state == state && takes_calls;
  });
}

Numbers lines_in(const ChannelList& list, ChannelState state, PortKind kind) {
  return channels_that(
      list, [&](const DahdiChannel& channel) { return channel.state == state && channel.kind == kind; });
}

Numbers served_by_us(const ChannelList& list) {
  return channels_that(list, [](const DahdiChannel& channel) {
    return channel.state == ChannelState::in_use && channel.users.size() == 1 &&
           channel.users.front().is_ours() && channel.kind != PortKind::d_channel;
  });
}

// 1, 2, 3, 7 → "1-3,7", as -c takes it; `numbers` are in order.
std::string ranges(const Numbers& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1)
      ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[i]);
    if (last > i) text += fmt::format("-{}", numbers[last]);
    i = last + 1;
  }
  return text;
}

std::string channels_text(const Numbers& numbers) {
  return fmt::format("{} {}", numbers.size() == 1 ? "channel" : "channels", ranges(numbers));
}

std::string card_name(const DahdiCard& card) {
  return card.type.empty() ? card.device : fmt::format("{} at {}", card.type, card.device);
}

std::string no_spans(const ChannelList& list) {
  if (list.cards.empty())
    return fmt::format(
        "The DAHDI driver is loaded, but has found no card. \"dahdi_hardware\" lists the cards of this "
        "machine and "
        "the module that each needs: load it with modprobe. {}",
        chapter);
  std::vector<std::string> names;
  for (const DahdiCard& card : list.cards)
    names.push_back(card_name(card));
  return fmt::format(
      "The DAHDI driver has found a card ({}), but its spans have no numbers yet: run "
      "\"dahdi_span_assignments "
      "auto\", then \"dahdi_genconf assignedspans\" so that they get the same ones at every start, then "
      "dahdi_cfg. {}",
      fmt::join(names, ", "), chapter);
}

// What would be FXO ports if dahdi_cfg had run; only where there are none, ports of software spans, which can be
// anything.
Numbers to_configure(const ChannelList& list) {
  const auto idle = [&](PortKind kind) {
    return channels_that(list, [=](const DahdiChannel& channel) {
      return channel.state == ChannelState::not_configured && channel.kind == kind;
    });
  };
  const Numbers ports = idle(PortKind::fxo);
  return ports.empty() ? idle(PortKind::any) : ports;
}

std::string nothing_of_use(const ChannelList& list) {
  if (const Numbers idle = lines_in(list, ChannelState::not_configured, PortKind::b_channel); !idle.empty())
    return fmt::format(
        "Not configured: {} of ISDN. Have \"dahdi_genconf system\" write /etc/dahdi/system.conf, then run "
        "dahdi_cfg. {}",
        channels_text(idle), chapter);
  if (const Numbers idle = to_configure(list); !idle.empty())
    return fmt::format(
        "Not configured: {}. Write fxsks={} into /etc/dahdi/system.conf (dahdi_genconf does it for FXO "
        "ports), then "
        "run dahdi_cfg. {}",
        channels_text(idle), ranges(idle), chapter);
  if (const Numbers unplugged = lines_in(list, ChannelState::no_line); !unplugged.empty())
    return fmt::format(
        "There is no line at {}: plug the telephone company's line in; if it is, try it with a telephone.",
        channels_text(unplugged));
  if (const Numbers taken = lines_in(list, ChannelState::in_use); !taken.empty())
    return fmt::format(
        "In use by another program: {}. Stop that program, or take them out of its configuration (Asterisk: "
        "chan_dahdi.conf).",
        channels_text(taken));
  return fmt::format(
      "None of these channels is an FXO port, which takes an analog telephone line, or a B channel of ISDN, "
      "and "
      "nothing else is served. {}",
      chapter);
}

std::string more_to_configure(const ChannelList& list) {
  const Numbers idle = to_configure(list);
  if (idle.empty()) return "";
  return fmt::format(" {} could be too, once configured: fxsks={} in /etc/dahdi/system.conf, then dahdi_cfg.",
                     idle.size() == 1 ? "Channel " + ranges(idle) : "Channels " + ranges(idle), ranges(idle));
}

std::string counter_remark(const DahdiSpan& span) {
  std::vector<std::string> counts;
  if (span.irq_misses.value_or(0) > 0)
    counts.push_back(fmt::format("{} missed interrupts", *span.irq_misses));
  if (span.timing_slips.value_or(0) > 0) counts.push_back(fmt::format("{} timing slips", *span.timing_slips));
  if (counts.empty()) return "";
  return fmt::format(
      "Span {} has had {} since it was loaded: each costs samples, and a fax can break by one.", span.number,
      fmt::join(counts, " and "));
}

}  // namespace

bool something_served(const ChannelList& list) {
  return !lines_in(list, ChannelState::ready).empty() || !served_by_us(list).empty();
}

std::string suggested_command(const ChannelList& list) {
  const Numbers ready = lines_in(list, ChannelState::ready);
  return ready.empty() ? "" : "dahdi-faxrx -c " + ranges(ready);
}

std::string channel_advice(const ChannelList& list) {
  if (!list.driver_loaded)
    return fmt::format(
        "The telephony driver, DAHDI, is not loaded. Install Debian's dahdi, dahdi-dkms and "
        "linux-headers-amd64, load "
        "it with \"modprobe dahdi\" and the card's own module, which \"dahdi_hardware\" names. {}",
        chapter);
  if (list.channels.empty()) return no_spans(list);
  if (const Numbers ready = lines_in(list, ChannelState::ready); !ready.empty())
    return fmt::format("Ready to be served: {}.{}", channels_text(ready), more_to_configure(list));
  if (const Numbers ours = served_by_us(list); !ours.empty())
    return fmt::format("dahdi-faxrx serves {}; no other is ready.{}", channels_text(ours),
                       more_to_configure(list));
  return nothing_of_use(list);
}

std::vector<std::string> channel_remarks(const ChannelList& list) {
  std::vector<std::string> remarks;
  for (const DahdiSpan& span : list.spans)
    if (std::string remark = counter_remark(span); !remark.empty()) remarks.push_back(std::move(remark));
  const Numbers cancelled = channels_that(list, [](const DahdiChannel& channel) {
    return channel.kind == PortKind::fxo && !channel.echo_canceller.empty();
  });
  if (!cancelled.empty())
    remarks.push_back(fmt::format(
        "An echo canceller is set up for {}. dahdi-faxrx switches it off when it opens them; better take "
        "its line out of /etc/dahdi/system.conf.",
        channels_text(cancelled)));
  if (list.driver_loaded && !list.asked_driver && !list.channels.empty())
    remarks.emplace_back(
        "This user may not open /dev/dahdi/ctl: laws and, but for alarms, missing lines are not known. Run "
        "this as "
        "root or as a member of the group dialout.");
  return remarks;
}

}  // namespace faxrx
