// SPDX-License-Identifier: GPL-2.0-or-later
// What the caller of a story does, from the words behind the verb. Part of parse_story(), which alone calls it.
// All throw base::Failure.
#pragma once

#include "tests/calls/story.hpp"
#include "tests/calls/words.hpp"

namespace calls {

[[nodiscard]] Action pause_from(const Story& story, Words& words);
[[nodiscard]] Action play_from(const Story& story, Words& words);
[[nodiscard]] Action meanwhile_from(const Story& story, Words& words);
[[nodiscard]] Action level_from(const Story& story, Words& words);
[[nodiscard]] Action echo_from(const Story& story, Words& words);
[[nodiscard]] Action disk_from(const Story& story, Words& words);
[[nodiscard]] Action send_from(const Story& story, Words& words);
[[nodiscard]] Action agree_from(const Story& story, Words& words);
[[nodiscard]] Action tcf_from(const Story& story, Words& words);
[[nodiscard]] Action image_from(const Story& story, Words& words);
[[nodiscard]] Action ecm_from(const Story& story, Words& words);
[[nodiscard]] Action deliver_from(const Story& story, Words& words);
[[nodiscard]] Action hear_from(const Story& story, Words& words);
[[nodiscard]] Action hang_up_from(const Story& story, Words& words);

}  // namespace calls
