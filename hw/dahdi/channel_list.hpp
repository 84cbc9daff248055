// SPDX-License-Identifier: GPL-2.0-or-later
// What channels this machine has, as the DAHDI driver tells it: spans and channels from /sys/bus/dahdi_*, counters
// from /proc/dahdi; and, where this user may open /dev/dahdi/ctl, law and battery by DAHDI_GET_PARAMS, interrupts by
// DAHDI_SPANSTAT. No channel is opened: nobody's call is disturbed. For `dahdi-faxrx --list-channels`; anybody may
// call it, from anywhere but an audio loop.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hw/law.hpp"

struct dahdi_params;
struct dahdi_spaninfo;

namespace hw {

struct DahdiCard {
  std::string device;  // the driver's name for it, "pci:0000:02:08.0"
  std::string type, manufacturer, location, hardware_id;
  unsigned spans = 0, spans_assigned = 0;  // one that is not assigned has no number, and no channels yet
};

struct DahdiSpan {
  unsigned number = 0;
  std::string name, description;  // WCTDM/0, "Wildcard TDM410P"
  std::string card;               // DahdiCard::device; empty = not told
  std::string type;               // FXO, ANALOG_MIXED, E1, T1, BRI_TE, DYNAMIC, ...
  std::string line_config;        // HDB3/CCS/CRC4; empty on analog spans
  std::vector<std::string> alarms;
  bool sync_master = false;   // DAHDI takes its own time from this span
  unsigned clock_source = 0;  // the span whose network clock drives this one; 0 = the card's own crystal
  std::optional<unsigned> irq_misses, timing_slips;  // since the driver was loaded; none = not told
};

enum class PortKind : std::uint8_t {
  fxo,        // takes a telephone line: what we serve
  fxs,        // feeds a telephone
  b_channel,  // of ISDN: served, too
  d_channel,
  any,    // a software span that becomes what system.conf says
  empty,  // no module sits in this port, or a broken one
  other
};

enum class ChannelState : std::uint8_t { ready, no_line, in_use, not_configured, not_served };

struct ChannelUser {
  std::string program;
  pid_t pid = 0;
  [[nodiscard]] bool is_ours() const {
    return program.starts_with("faxrx line ") || program.starts_with("faxrx span ");
  }
};

struct DahdiChannel {
  unsigned number = 0, span = 0, port = 0;  // its number in all, its span's, its place in the span from 1
  PortKind kind = PortKind::other;
  std::string signalling;               // as the driver names it: FXSKS, Clear, HDLCFCS, Unconfigured
  std::vector<std::string> capable_of;  // words of the same kind
  std::vector<std::string> alarms;      // its span's ones too
  std::string echo_canceller;           // set up for it in system.conf; empty = none
  bool open = false;                    // some program has it
  std::vector<ChannelUser> users;       // it is one of these; empty = not to be found out
  Law law = Law::unknown;
  std::optional<bool> battery;  // the exchange's voltage on the line
  bool broken = false;          // the port's module failed
  ChannelState state = ChannelState::not_served;
  std::string why;  // what stands in the way, or what to do; empty when ready
};

struct ChannelList {
  bool driver_loaded = false;
  bool asked_driver = false;  // /dev/dahdi/ctl could be opened
  std::vector<DahdiCard> cards;
  std::vector<DahdiSpan> spans;        // by number
  std::vector<DahdiChannel> channels;  // by number

  [[nodiscard]] const DahdiSpan* span(unsigned number) const;
};

// `root`: where sys/, proc/ and dev/ are. What cannot be read is left out; throws only when memory is short.
ChannelList list_channels(const std::filesystem::path& root = "/");

// What list_channels() makes of the driver's answers.
void add_params(DahdiChannel& channel, const DahdiSpan& span, const dahdi_params& params);
void add_span_status(DahdiSpan& span, const dahdi_spaninfo& status);
// From all else that is known: kind, state, why. `all`: for a B channel, whether its span has a D channel.
void judge_channel(DahdiChannel& channel, const DahdiSpan& span, const std::vector<DahdiChannel>& all = {});

}  // namespace hw
