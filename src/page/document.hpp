// SPDX-License-Identifier: GPL-2.0-or-later
// The finished fax as one TIFF file: its pages' files put together, their coded bytes copied as they are. Not
// RT safe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace page {

struct DocumentText {
  std::string description;  // from whom to whom (ImageDescription)
  std::string date_time;    // "2026:11:23 14:03:00" (TIFF 6.0, DateTime)
};

// Makes FOLDER/NAME durable from these page files, in this order. Throws base::Failure or std::system_error.
void write_document(const std::filesystem::path& folder, const std::string& name,
                    const std::vector<std::filesystem::path>& pages, const DocumentText& text);

}  // namespace page
