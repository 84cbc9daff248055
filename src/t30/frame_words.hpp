// SPDX-License-Identifier: GPL-2.0-or-later
// A T.30 frame's fields in words, for the trace of a call. Called by the page process and by tests. Frames are a
// stranger's: any length, any octet. Not RT safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace t30 {

inline constexpr std::size_t longest_frame_words = 300;  // bytes of UTF-8

// What a frame says beyond its name, "V.17 14400 bit/s, ECM 256, MMR, ..." for a DCS; empty for a CFR. `octets`:
// from the facsimile control field on. Printable, one line, at most longest_frame_words. A password is never
// shown.
[[nodiscard]] std::string frame_words(std::span<const std::uint8_t> octets);

}  // namespace t30
