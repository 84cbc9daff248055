// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/recorded_call.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <string_view>

#include "src/base/errors.hpp"
#include "src/faxcall/fax_caller.hpp"
#include "src/faxcall/fax_file.hpp"
#include "tests/bench/callees.hpp"

namespace bench {
namespace {

// Called machine to caller. Real calls have up to about 600 ms there and back (satellite).
constexpr std::size_t delay_blocks = 25;
// Ours ends its DIS so much before spandsp's engine does.
constexpr std::size_t head_start_blocks = 5;
constexpr std::size_t longest_blocks = 3600 * blocks_per_s;

bool silent(const hw::Block& block) {
  return std::all_of(block.begin(), block.end(), [](std::int16_t sample) { return std::abs(sample) < 8; });
}

// How many blocks after its answer a machine has said its DIS to a silent line: after CED and after DIS there
// is silence, after CED only for 75 ms (T.30, 4.2).
std::size_t blocks_until_dis_is_said(const std::function<void(const hw::Block&, hw::Block&)>& machine) {
  constexpr std::size_t silence_wanted = 15;
  bool spoke = false;
  std::size_t quiet = 0;
  const hw::Block nothing{};
  for (std::size_t n = 0; n < 30 * blocks_per_s; ++n) {
    hw::Block said{};
    machine(nothing, said);
    spoke |= !silent(said);
    quiet = silent(said) ? quiet + 1 : 0;
    if (spoke && quiet == silence_wanted) return n + 1 - silence_wanted;
  }
  throw base::Failure("a machine that was to say CED and DIS said nothing for 30 s");
}

std::size_t ours_until_dis(const std::filesystem::path& folder) {
  OurCallee ours(folder);
  ours.begin();
  const std::size_t blocks =
      blocks_until_dis_is_said([&](const hw::Block& heard, hw::Block& said) { ours.block(heard, said); });
  ours.end();
  return blocks;
}

std::size_t spandsp_until_dis(const std::filesystem::path& folder) {
  SpandspCallee spandsp(folder / "nothing.tif");
  return blocks_until_dis_is_said([&](const hw::Block& heard, hw::Block& said) {
    spandsp.hear(heard);
    spandsp.say(said);
  });
}

bool ends_a_page(std::string_view frame) {
  return frame == "MPS" || frame == "EOM" || frame == "EOP" || frame == "PPS";
}

}  // namespace

RecordedCall record(const CallToRecord& call, const std::filesystem::path& folder) {
  RecordedCall recorded{call.name, {}, 0, {}, static_cast<unsigned>(faxcall::count_fax_pages(call.file))};
  const std::size_t ours = ours_until_dis(folder);
  const std::size_t spandsps = spandsp_until_dis(folder);
  if (ours + head_start_blocks > spandsps) recorded.spandsp_answers_at = ours + head_start_blocks - spandsps;

  faxcall::FaxCaller::Listener listener;
  listener.frame = [&](bool sent, std::string_view frame, std::string_view) {
    if (sent && ends_a_page(frame)) recorded.page_ends.push_back(recorded.caller.size());
  };
  faxcall::FaxCaller caller({call.file, "+49 30 1234", "", call.modem, 14400, call.ecm, call.coding},
                            listener);
  SpandspCallee called(folder / (call.name + ".tif"));
  std::deque<hw::Block> on_their_way(delay_blocks, hw::Block{});
  while (!caller.finished() && recorded.caller.size() < longest_blocks) {
    hw::Block from_caller{};
    hw::Block from_called{};
    caller.say(from_caller);
    if (recorded.caller.size() >= recorded.spandsp_answers_at) {
      called.hear(from_caller);
      called.say(from_called);
    }
    recorded.caller.push_back(from_caller);
    on_their_way.push_back(from_called);
    caller.hear(on_their_way.front());
    on_their_way.pop_front();
  }
  // What the called machine needs to see that nothing follows DCN.
  recorded.caller.resize(recorded.caller.size() + 2 * blocks_per_s, hw::Block{});
  if (called.pages() != recorded.pages)
    throw base::Failure("the call to be recorded, {}, got only {} of {} pages through", call.name,
                        called.pages(), recorded.pages);
  return recorded;
}

}  // namespace bench
