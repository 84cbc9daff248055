// SPDX-License-Identifier: GPL-2.0-or-later
// `dahdi-faxmail --send`: mails any files at once, without queue or service, for dial plans and scripts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/faxmail/settings.hpp"

namespace faxmail {

struct SendRequest {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> to;
  std::string from;     // empty: the general one
  std::string subject;  // empty: the files' names
};
// 0: every recipient was accepted. Else a code of sysexits.h, and a sentence was logged for each trouble:
// 64 a mistake in the call, 66 a file cannot be read, 69 refused for good, 75 perhaps later, 78 login or
// certificate.
int send_files(const SendRequest& request, const Settings& settings);

// "application/pdf" for "x.pdf".
std::string content_type_of(const std::filesystem::path& file);

}  // namespace faxmail
