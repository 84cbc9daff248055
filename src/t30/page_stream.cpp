// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/page_stream.hpp"

#include <algorithm>

namespace t30 {

void PageStream::open(const PageFormat& format) noexcept {
  if (open_) return;
  open_ = true;
  // A page closed before and still not sent: the sink takes nothing at all, and will not take this one either.
  lost_ = stillborn_ = has_unsent();
  taken_ = 0;
  if (lost_) return;
  format_ = format;
  unsent_begin_ = !sink_.begin_page(format_);
}

void PageStream::octet(std::uint8_t octet) noexcept {
  octets({&octet, 1});
}

void PageStream::octets(std::span<const std::uint8_t> octets) noexcept {
  if (!open_ || lost_) return;
  taken_ += octets.size();
  if (in_ - out_ + octets.size() > room) {
    lost_ = true;
    sink_.trace({TraceKind::ring_full, static_cast<std::int32_t>(octets.size()), 0, 0});
    return;
  }
  for (const std::uint8_t octet : octets)
    waiting_[in_++ % room] = octet;
}

void PageStream::hole() noexcept {
  if (!open_ || lost_ || hole_in_ - hole_out_ == most_holes) return;
  holes_[hole_in_++ % most_holes] = in_;
}

bool PageStream::close(PageEnd end) noexcept {
  open_ = false;
  if (stillborn_) return false;
  if (lost_) end.damaged = 1;
  end_ = end;
  unsent_end_ = true;
  pump();
  return true;
}

void PageStream::send_octets(std::uint64_t up_to) noexcept {
  while (out_ < up_to) {
    const std::size_t at = out_ % room;
    const std::size_t count = std::min<std::uint64_t>(up_to - out_, room - at);
    const std::size_t taken = sink_.page_bytes(std::span(waiting_).subspan(at, count));
    out_ += taken;
    if (taken < count) return;
  }
}

void PageStream::pump() noexcept {
  if (unsent_begin_) unsent_begin_ = !sink_.begin_page(format_);
  if (unsent_begin_) return;
  while (hole_out_ != hole_in_) {
    const std::uint64_t hole_at = holes_[hole_out_ % most_holes];
    send_octets(hole_at);
    if (out_ < hole_at || !sink_.page_hole()) return;
    ++hole_out_;
  }
  if (is_much_waiting()) send_octets(in_);
  if (out_ == in_) in_ = out_ = 0;  // the same memory again, not the whole of it in turn
  if (unsent_end_ && out_ == in_) unsent_end_ = !sink_.end_page(end_);
}

}  // namespace t30
