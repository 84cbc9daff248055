// SPDX-License-Identifier: GPL-2.0-or-later
// A page that is coming through the ring: its bytes are collected here, and at its end they become rows, an
// image for the disk and a verdict. Owned by the page process; everything in it is a stranger's.
#pragma once

#include <cstdint>
#include <span>

#include "src/page/page_file.hpp"
#include "src/page/t4_page.hpp"
#include "src/t30/page_sink.hpp"

namespace faxrx {

struct ArrivedPage {
  page::PageRows rows;
  page::PageImage image;  // of them; without a row there is nothing to store
  t30::Verdict verdict;   // good, poor, bad, empty: how it looks
  std::size_t octets;     // as it came
  bool ecm;
};

class ArrivingPage {
 public:
  // Throws base::Failure for a coding that there is not.
  explicit ArrivingPage(const t30::PageFormat& format);

  void bytes(std::span<const std::uint8_t> bytes);
  void hole();  // octets are missing here
  // Throws base::Failure when it was too much for a page.
  [[nodiscard]] ArrivedPage arrived(const t30::PageEnd& end, const page::QualityRules& rules) const;

 private:
  t30::PageFormat format_;
  page::CodedPage coded_;
  bool too_large_ = false;
};

}  // namespace faxrx
