// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/channel_list.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "hw/dahdi/channel_users.hpp"
#include "hw/dahdi/sysfs.hpp"
#include "hw/dahdi/user.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::pair<unsigned, const char*>, 6> alarm_names = {{{DAHDI_ALARM_RED, "RED"},
                                                                          {DAHDI_ALARM_BLUE, "BLUE"},
                                                                          {DAHDI_ALARM_YELLOW, "YELLOW"},
                                                                          {DAHDI_ALARM_LOOPBACK, "LOOP"},
                                                                          {DAHDI_ALARM_RECOVER, "RECOVERING"},
                                                                          {DAHDI_ALARM_NOTOPEN, "NOTOPEN"}}};

std::vector<std::string> names_of(unsigned alarms) {
  std::vector<std::string> names;
  for (const auto& [bit, name] : alarm_names)
    if ((alarms & bit) != 0) names.emplace_back(name);
  return names;
}

void add_missing(std::vector<std::string>& alarms, const std::vector<std::string>& more) {
  for (const std::string& alarm : more)
    if (std::find(alarms.begin(), alarms.end(), alarm) == alarms.end()) alarms.push_back(alarm);
}

// What a span or channel hangs on is where its symbolic link leads.
std::string name_behind(const fs::path& link) {
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  return error ? std::string() : target.filename().string();
}

DahdiCard card_in(const fs::path& folder) {
  DahdiCard card;
  card.device = folder.filename().string();
  card.type = sysfs::line_of(folder / "type");
  card.manufacturer = sysfs::line_of(folder / "manufacturer");
  card.location = sysfs::line_of(folder / "location");
  card.hardware_id = sysfs::line_of(folder / "hardware_id");
  card.spans = sysfs::number_of(folder / "span_count");
  return card;
}

// "	IRQ misses: 3": the driver leaves a line out while its count is 0.
unsigned count_in(std::string_view status, std::string_view name) {
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = status.substr(at + name.size());
  return sysfs::number_in(rest.substr(0, rest.find('\n'))).value_or(0);
}

void read_counters(DahdiSpan& span, const fs::path& file) {
  const std::string status = sysfs::text_of(file);
  if (status.empty()) return;
  span.irq_misses = count_in(status, "\tIRQ misses: ");
  span.timing_slips = count_in(status, "\tTiming slips: ");
}

// span-5 is span 5. 0 when it is none.
unsigned span_number(std::string_view name) {
  constexpr std::string_view beginning = "span-";
  return name.starts_with(beginning) ? sysfs::number_in(name.substr(beginning.size())).value_or(0) : 0;
}

DahdiSpan span_in(const fs::path& folder, unsigned number, const fs::path& root) {
  DahdiSpan span;
  span.number = number;
  span.name = sysfs::line_of(folder / "name");
  span.description = sysfs::line_of(folder / "desc");
  span.card = name_behind(folder / "ddev");
  span.type = sysfs::line_of(folder / "spantype");
  span.line_config = sysfs::line_of(folder / "lineconfig");
  span.alarms = names_of(sysfs::number_of(folder / "alarms"));
  span.sync_master = sysfs::number_of(folder / "is_sync_master") != 0;
  span.clock_source = sysfs::number_of(folder / "syncsrc");
  read_counters(span, root / "proc/dahdi" / std::to_string(span.number));
  return span;
}

// dahdi!chan!001!005 is port 5 of span 1. 0 when it is none.
unsigned span_in_name(std::string_view name) {
  constexpr std::string_view beginning = "dahdi!chan!";
  if (!name.starts_with(beginning)) return 0;
  name.remove_prefix(beginning.size());
  return sysfs::number_in(name.substr(0, name.find('!'))).value_or(0);
}

DahdiChannel channel_in(const fs::path& folder) {
  DahdiChannel channel;
  channel.span = span_in_name(folder.filename().string());
  channel.port = sysfs::number_of(folder / "chanpos");
  channel.number = sysfs::number_of(folder / "channo");
  channel.signalling = sysfs::line_of(folder / "sig");
  channel.capable_of = sysfs::words_of(sysfs::text_of(folder / "sigcap"));
  channel.alarms = sysfs::words_of(sysfs::text_of(folder / "alarms"));
  channel.echo_canceller = sysfs::line_of(folder / "ec_factory");
  channel.open = sysfs::number_of(folder / "in_use") != 0;
  return channel;
}

void read_spans(ChannelList& list, const fs::path& root) {
  for (const fs::path& folder : sysfs::entries_of(root / "sys/bus/dahdi_spans/devices"))
    if (const unsigned number = span_number(folder.filename().string()); number != 0)
      list.spans.push_back(span_in(folder, number, root));
  std::sort(list.spans.begin(), list.spans.end(),
            [](const DahdiSpan& a, const DahdiSpan& b) { return a.number < b.number; });
  for (DahdiCard& card : list.cards)
    card.spans_assigned =
        static_cast<unsigned>(std::count_if(list.spans.begin(), list.spans.end(),
                                            [&](const DahdiSpan& span) { return span.card == card.device; }));
}

void read_channels(ChannelList& list, const fs::path& root) {
  for (const fs::path& folder : sysfs::entries_of(root / "sys/bus/dahdi_channels/devices")) {
    DahdiChannel channel = channel_in(folder);
    // It may have gone while we read.
    if (channel.number != 0 && list.span(channel.span) != nullptr)
      list.channels.push_back(std::move(channel));
  }
  std::sort(list.channels.begin(), list.channels.end(),
            [](const DahdiChannel& a, const DahdiChannel& b) { return a.number < b.number; });
}

void ask_driver(ChannelList& list, const fs::path& root) {
  const base::UniqueFd control(::open((root / "dev/dahdi/ctl").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  list.asked_driver = static_cast<bool>(control);
  if (!control) return;
  for (DahdiSpan& span : list.spans) {
    dahdi_spaninfo status{};
    status.spanno = static_cast<int>(span.number);
    if (::ioctl(control.get(), DAHDI_SPANSTAT, &status) == 0) add_span_status(span, status);
  }
  for (DahdiChannel& channel : list.channels) {
    dahdi_params params{};
    params.channo = static_cast<int>(channel.number);
    if (::ioctl(control.get(), DAHDI_GET_PARAMS, &params) == 0)
      add_params(channel, *list.span(channel.span), params);
  }
}

// Where there is battery, the FXO cards' drivers call the line off-hook. Not so the Astribank's, after a caller has
// hung up, nor spans with robbed bits.
bool tells_battery(const DahdiChannel& channel, const DahdiSpan& span) {
  return (span.type == "FXO" || span.type == "ANALOG_MIXED") && !span.name.starts_with("XBUS") &&
         channel.signalling.starts_with("FXS");
}

}  // namespace

const DahdiSpan* ChannelList::span(unsigned number) const {
  const auto found =
      std::find_if(spans.begin(), spans.end(), [&](const DahdiSpan& span) { return span.number == number; });
  return found == spans.end() ? nullptr : &*found;
}

void add_params(DahdiChannel& channel, const DahdiSpan& span, const dahdi_params& params) {
  channel.law = params.curlaw == DAHDI_LAW_ALAW ? Law::a : Law::mu;
  channel.broken = (static_cast<unsigned>(params.sigcap) & static_cast<unsigned>(DAHDI_SIG_BROKEN)) != 0;
  if (tells_battery(channel, span)) channel.battery = params.rxisoffhook != 0;
}

void add_span_status(DahdiSpan& span, const dahdi_spaninfo& status) {
  span.irq_misses = static_cast<unsigned>(std::max(int{status.irqmisses}, 0));
}

ChannelList list_channels(const fs::path& root) {
  ChannelList list;
  std::error_code error;
  list.driver_loaded = fs::exists(root / "sys/bus/dahdi_channels", error);
  for (const fs::path& folder : sysfs::entries_of(root / "sys/bus/dahdi_devices/devices"))
    list.cards.push_back(card_in(folder));
  read_spans(list, root);
  read_channels(list, root);
  ask_driver(list, root);
  find_channel_users(list.channels, root);
  for (DahdiChannel& channel : list.channels) {
    const DahdiSpan& span = *list.span(channel.span);
    add_missing(channel.alarms, span.alarms);
    judge_channel(channel, span, list.channels);
  }
  return list;
}

}  // namespace hw
