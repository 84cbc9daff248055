// SPDX-License-Identifier: GPL-2.0-or-later
// The mail servers of dahdi-faxmail.conf(5): [smtp], and each [[server]]. Called by read_settings().
#pragma once

#include <vector>

#include "src/base/config.hpp"
#include "src/faxmail/settings.hpp"

namespace faxmail {

void read_smtp(base::ConfigTable smtp, Smtp& to);
std::vector<Smtp> read_servers(base::ConfigTable& root);

}  // namespace faxmail
