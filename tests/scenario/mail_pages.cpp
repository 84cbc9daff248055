// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/scenario/mail_pages.hpp"

#include <doctest/doctest.h>

#include "tests/scenario/process.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace scenario {

bool mail_has_pages(const std::filesystem::path& mail, const std::filesystem::path& tiff,
                    const std::vector<std::string>& options) {
  std::vector<std::string> command = {COMPARE_MAIL, mail, tiff};
  command.insert(command.end(), options.begin(), options.end());
  const unit::ScratchFolder scratch;
  Process compare(command, scratch / "compare");
  const bool equal = compare.wait() == 0;
  if (!equal) MESSAGE(compare.output() << compare.log());
  return equal;
}

}  // namespace scenario
