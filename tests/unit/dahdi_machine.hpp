// SPDX-License-Identifier: GPL-2.0-or-later
// For tests of the list of channels: a machine's /sys and /proc in a folder of the test's own, as the driver writes
// them. Texts as captured from the driver under Linux 6.1 (a trailing space behind alarms, empty lines, the ddev
// link), those of cards as its source prints them.
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/scratch_folder.hpp"

// Spans and channels are made by naming what matters; the rest is as declared.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace unit {

struct MadeSpan {
  unsigned number = 1;
  std::string name = "WCTDM/0", desc = "Wildcard TDM410P", type = "ANALOG_MIXED", alarms = "0x0", lineconfig;
  std::string device = "pci:0000:02:08.0";
  unsigned syncsrc = 0;
  bool master = false;
  std::string counters;  // lines of /proc/dahdi/N
};

struct MadeChannel {
  unsigned number = 1, span = 1, port = 1;
  std::string sig = "FXSKS", sigcap = fxo, alarms, ec_factory;
  bool in_use = false;

  static constexpr const char* fxo = "FXSLS FXSKS Clear SF (ToneOnly)";
  static constexpr const char* fxs = "FXOLS FXOGS FXOKS E&M Clear SF (ToneOnly)";
  static constexpr const char* e1 = "Clear";
  static constexpr const char* software =
      "FXSLS FXSGS FXSKS FXOLS FXOGS FXOKS E&M Clear SF (ToneOnly) CAS DACS+RBS";
};

class DahdiMachine {
 public:
  [[nodiscard]] const std::filesystem::path& root() const { return scratch_.path; }

  void put(const std::string& file, const std::string& text) {
    const std::filesystem::path path = scratch_ / file;
    std::filesystem::create_directories(path.parent_path());
    put_file(path, text);
  }

  void load_driver() {
    for (const char* bus : {"dahdi_devices", "dahdi_spans", "dahdi_channels"})
      std::filesystem::create_directories(scratch_ / "sys/bus" / bus / "devices");
    std::filesystem::create_directories(scratch_ / "proc/dahdi");
  }

  void add_card(const std::string& device, const std::string& type, unsigned spans) {
    const std::string at = "sys/bus/dahdi_devices/devices/" + device + "/";
    put(at + "manufacturer", "Digium\n");
    put(at + "type", type + "\n");
    put(at + "hardware_id", "\n");
    put(at + "location", "PCI Bus 02 Slot 09\n");
    put(at + "span_count", fmt::format("{}\n", spans));
  }

  void add_span(const MadeSpan& span) {
    const std::string at = fmt::format("sys/bus/dahdi_spans/devices/span-{}/", span.number);
    put(at + "name", span.name + "\n");
    put(at + "desc", span.desc + "\n");
    put(at + "spantype", span.type + "\n");
    put(at + "alarms", span.alarms + "\n");
    put(at + "lineconfig", span.lineconfig + "\n");
    put(at + "syncsrc", fmt::format("{}\n", span.syncsrc));
    put(at + "is_sync_master", span.master ? "1\n" : "0\n");
    std::filesystem::create_symlink("../../" + span.device, scratch_ / (at + "ddev"));
    put(fmt::format("proc/dahdi/{}", span.number),
        fmt::format("Span {}: {} \"{}\" \n{}\n\t   1 {}/0 FXSKS \n", span.number, span.name, span.desc,
                    span.counters, span.name));
  }

  void add_channel(const MadeChannel& channel) {
    const std::string at =
        fmt::format("sys/bus/dahdi_channels/devices/dahdi!chan!{:03}!{:03}/", channel.span, channel.port);
    put(at + "channo", fmt::format("{}\n", channel.number));
    put(at + "chanpos", fmt::format("{}\n", channel.port));
    put(at + "sig", channel.sig + "\n");
    put(at + "sigcap", channel.sigcap + "\n");
    put(at + "alarms", channel.alarms + "\n");
    put(at + "ec_factory", channel.ec_factory + "\n");
    put(at + "in_use", channel.in_use ? "1\n" : "0\n");
  }

  // A process that has these files open; `mode` of its folder of them.
  void add_process(pid_t pid, const std::string& name, const std::vector<std::string>& files,
                   std::filesystem::perms mode = std::filesystem::perms::all) {
    const std::string at = fmt::format("proc/{}/", pid);
    put(at + "comm", name + "\n");
    std::filesystem::create_directories(scratch_ / (at + "fd"));
    for (std::size_t i = 0; i < files.size(); ++i)
      std::filesystem::create_symlink(files[i], scratch_ / fmt::format("{}fd/{}", at, i));
    std::filesystem::permissions(scratch_ / (at + "fd"), mode);
  }

 private:
  ScratchFolder scratch_;
};

}  // namespace unit
