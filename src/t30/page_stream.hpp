// SPDX-License-Identifier: GPL-2.0-or-later
// A page on its way to the sink: what the sink has no room for now waits here, up to an ECM block and a bit; more
// is lost, and the page with it. RT safe. Owned by a Procedure.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "src/t30/page_sink.hpp"

namespace t30 {

class PageStream {
 public:
  explicit PageStream(PageSink& sink) noexcept : sink_(sink) {}

  // A page begins, unless one is open.
  void open(const PageFormat& format) noexcept;
  void octet(std::uint8_t octet) noexcept;
  void octets(std::span<const std::uint8_t> octets) noexcept;
  void hole() noexcept;  // octets are missing here
  // False: the page before has not got out, so this one never will.
  bool close(PageEnd end) noexcept;
  void pump() noexcept;  // what waits goes on, as far as there is room

  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] std::uint64_t octets_taken() const noexcept { return taken_; }
  // Something waits that the sink has no room for.
  [[nodiscard]] bool has_unsent() const noexcept { return unsent_begin_ || unsent_end_ || is_much_waiting(); }
  // The page that is open, or was closed last, lost some of its octets here.
  [[nodiscard]] bool lost_octets() const noexcept { return lost_; }

 private:
  static constexpr std::size_t room = 128 * 1024;  // a power of two
  static constexpr std::size_t most_holes = 512;
  // While a page is open, octets go on in lots: a record for each block's 36 would cost more than they do.
  static constexpr std::size_t lot = 512;

  [[nodiscard]] bool is_much_waiting() const noexcept { return in_ - out_ >= (open_ ? lot : 1); }
  void send_octets(std::uint64_t up_to) noexcept;

  PageSink& sink_;
  PageFormat format_{};
  PageEnd end_{};
  std::array<std::uint8_t, room> waiting_;  // no page of memory is touched before it is needed
  std::uint64_t in_ = 0, out_ = 0;          // octets since the beginning
  std::uint64_t taken_ = 0;                 // of this page
  std::array<std::uint64_t, most_holes> holes_;
  std::size_t hole_in_ = 0, hole_out_ = 0;
  bool open_ = false, unsent_begin_ = false, unsent_end_ = false, lost_ = false, stillborn_ = false;
};

}  // namespace t30
