// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "src/t30/page_sink.hpp"
#include "src/t30/states.hpp"

namespace t30 {

// Each is bounded: the value may have come through a ring.
const char* name_of(Modem modem) noexcept {
  constexpr std::array names = {"", "V.27ter", "V.29", "V.17"};
  return names[static_cast<std::size_t>(modem) % names.size()];
}
const char* name_of(Coding coding) noexcept {
  constexpr std::array names = {"MH", "MR", "MMR"};
  return names[static_cast<std::size_t>(coding) % names.size()];
}
const char* name_of(Verdict verdict) noexcept {
  constexpr std::array names = {"", "good", "poor", "bad", "not stored", "empty"};
  return names[static_cast<std::size_t>(verdict) % names.size()];
}

const char* name_of(State state) noexcept {
  constexpr std::array names = {"silence before CED",
                                "CED",
                                "silence after CED",
                                "awaiting command",
                                "training",
                                "awaiting image",
                                "image",
                                "awaiting post-message command",
                                "awaiting verdict",
                                "not ready",
                                "answering",
                                "awaiting end",
                                "disconnecting",
                                "over",
                                "any"};
  static_assert(names.size() == static_cast<std::size_t>(State::any) + 1);
  return names[static_cast<std::size_t>(state) % names.size()];
}

}  // namespace t30
