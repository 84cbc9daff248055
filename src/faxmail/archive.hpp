// SPDX-License-Identifier: GPL-2.0-or-later
// The archive: archive/CALLED/NAME.tif and .pdf, NAME as file_name_of makes it, folders of mode 0770. Whoever
// may read it may also move or remove files in it: dahdi-faxmail files them and never looks at them again.
#pragma once

#include <filesystem>
#include <string>

namespace faxmail {

// Files `file` as folder/called/name, durably; the same file filed before is left. Throws std::system_error.
void file_away(const std::filesystem::path& file, const std::filesystem::path& archive,
               const std::string& called, const std::string& name);

// Where that is.
std::filesystem::path archived(const std::filesystem::path& archive, const std::string& called,
                               const std::string& name);

}  // namespace faxmail
