// SPDX-License-Identifier: GPL-2.0-or-later
// Pages that can be told apart for ever: across each stand the number of its call and its own, as black and white
// bars, and under them rows that are the same for nobody else. So whatever document a page ends up in, it can be
// said whose it is, and whether a pel is wrong. Used by the torture.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/matrix/test_fax.hpp"

namespace torture {

using matrix::Rows;  // 1728 pels a row

struct PageName {
  std::uint32_t call;
  std::uint16_t page;  // from 1
  auto operator<=>(const PageName&) const = default;
};

// `dense`: of noise, more than 64 KB in any coding, so that in ECM it takes two blocks and a PPS-NULL.
Rows numbered_page(const PageName& name, bool dense);
// Whose page this is; nullopt: the bars cannot be read (a page cut above them, or none of ours).
std::optional<PageName> name_of(const Rows& rows);

}  // namespace torture
