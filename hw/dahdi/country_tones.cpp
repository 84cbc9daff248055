// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/country_tones.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "src/base/errors.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
extern "C" {
#include <dahdi/tonezone.h>
}
#pragma GCC diagnostic pop

namespace hw {
namespace {

using modem::ProgressTone;

struct Wanted {
  int id;
  ProgressTone tone;
};
constexpr Wanted wanted_tones[] = {{DAHDI_TONE_BUSY, ProgressTone::busy},
                                   {DAHDI_TONE_CONGESTION, ProgressTone::congestion},
                                   {DAHDI_TONE_DIALTONE, ProgressTone::dial}};

std::string countries() {
  std::string list;
  for (const tone_zone* zone = builtin_zones; zone->zone >= 0; ++zone)
    list.append(list.empty() ? "" : ", ").append(zone->country);
  return list;
}

std::optional<std::uint16_t> take_number(std::string_view& text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(1);
  return true;
}

// "350+440/500": [!]f1[+f2|*f2][@][/ms], where ! = once, * = f1 modulated with f2, @ = softer, no ms = for ever.
std::optional<modem::ToneStep> take_step(std::string_view text) {
  const auto first = take_number(text);
  if (!first) return {};
  modem::ToneStep step{*first, 0, 0};
  const bool modulated = text.starts_with('*');
  if (take(text, '+') || take(text, '*')) {
    const auto second = take_number(text);
    if (!second) return {};
    if (!modulated) step.second_hz = *second;
  }
  take(text, '@');
  if (take(text, '/')) {
    const auto ms = take_number(text);
    if (!ms || *ms == 0) return {};
    step.ms = *ms;
  }
  if (!text.empty()) return {};
  return step;
}

modem::ToneCadence cadence(const tone_zone& zone, ProgressTone tone, std::string_view definition) {
  modem::ToneCadence cadence{tone, {}};
  for (std::string_view rest = definition; !rest.empty();) {
    std::string_view text = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    const bool once = take(text, '!');
    const auto step = take_step(text);
    if (!step)
      throw base::Failure(
          "libtonezone defines a tone of the country \"{}\" as \"{}\", where \"{}\" is nothing that this "
          "program can "
          "read: choose another country, or install another version of libtonezone",
          zone.country, definition, text);
    if (!once) cadence.steps.push_back(*step);
  }
  return cadence;
}

}  // namespace

std::vector<modem::ToneCadence> country_tones(const std::string& country) {
  std::string name = country;  // libtonezone wants to be able to write to it
  const tone_zone* zone = tone_zone_find(name.data());
  if (zone == nullptr)
    throw base::Failure("the tones of the country \"{}\" are not known; libtonezone knows those of {}",
                        country, countries());
  std::vector<modem::ToneCadence> tones;
  for (const auto& [id, tone] : wanted_tones)
    for (const tone_zone_sound& sound : zone->tones) {
      const std::string_view definition(sound.data, ::strnlen(sound.data, sizeof sound.data));
      // Unused places look like dial tones.
      if (sound.toneid == id && !definition.empty()) tones.push_back(cadence(*zone, tone, definition));
    }
  return tones;
}

}  // namespace hw
