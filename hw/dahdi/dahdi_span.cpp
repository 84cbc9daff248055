// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/dahdi_span.hpp"

#include <fmt/format.h>

#include "hw/dahdi/dahdi_d_channel.hpp"
#include "hw/dahdi/sysfs.hpp"

namespace hw {
namespace dahdi {
namespace {

namespace fs = std::filesystem;

constexpr unsigned channels_of_bri = 3, channels_of_t1 = 24;

struct Span {
  unsigned number = 0, first_channel = 0, channels = 0;
  std::string type;
};

std::optional<Span> span_with(unsigned channel, const fs::path& root) {
  for (const fs::path& folder : sysfs::entries_of(root / "sys/bus/dahdi_spans/devices")) {
    const std::string name = folder.filename().string();
    const auto number = name.starts_with("span-") ? sysfs::number_in(name.substr(5)) : std::nullopt;
    const unsigned first = sysfs::number_of(folder / "basechan"),
                   count = sysfs::number_of(folder / "channels");
    if (number && channel >= first && channel - first < count)
      return Span{*number, first, count, sysfs::line_of(folder / "spantype")};
  }
  return std::nullopt;
}

std::string signalling(const Span& span, unsigned channel, const fs::path& root) {
  const std::string folder =
      fmt::format("dahdi!chan!{:03}!{:03}", span.number, channel - span.first_channel + 1);
  return sysfs::line_of(root / "sys/bus/dahdi_channels/devices" / folder / "sig");
}

// Software spans say nothing of their type but by their size.
isdn::SpanType type_of(const Span& span) {
  if (span.type.starts_with("BRI") || span.channels == channels_of_bri) return isdn::SpanType::bri;
  const bool t1 = span.type == "T1" || span.type == "J1" || span.channels == channels_of_t1;
  return t1 ? isdn::SpanType::t1 : isdn::SpanType::e1;
}

std::unique_ptr<isdn::DChannel> open_by_name(const std::string& number) {
  return open_d_channel(sysfs::number_in(number).value_or(0));
}

}  // namespace

std::optional<isdn::SpanPlace> find_span(unsigned channel, const fs::path& root) {
  const std::optional<Span> span = span_with(channel, root);
  if (!span || signalling(*span, channel, root) != "Clear") return std::nullopt;
  for (unsigned other = span->first_channel; other < span->first_channel + span->channels; ++other)
    if (signalling(*span, other, root).find("HDLC") != std::string::npos)
      return isdn::SpanPlace{std::to_string(span->number), type_of(*span), channel - span->first_channel + 1,
                             std::to_string(other), open_by_name};
  return std::nullopt;
}

}  // namespace dahdi

std::optional<isdn::SpanPlace> dahdi_span_of(const std::string& channel) {
  return dahdi::find_span(sysfs::number_in(channel).value_or(0));
}

}  // namespace hw
