// SPDX-License-Identifier: GPL-2.0-or-later
// Some servers say back, in a refusal, the line that they did not like; of a login that is the password, and a refusal
// goes into log, queue and mails to the operator. Used by SmtpSession on all that a server has said.
#pragma once

#include <string>

#include "src/faxmail/settings.hpp"

namespace faxmail {

// The words without the password: in the clear, as AUTH LOGIN and AUTH PLAIN send it, and the beginning of such a thing
// where the words were cut off.
[[nodiscard]] std::string without_password(std::string words, const Smtp& smtp);

}  // namespace faxmail
