// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/document.hpp"

#include <fcntl.h>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/page/memory_tiff.hpp"

namespace page {
namespace {

template <typename T>
void copy_tag(TIFF* from, TIFF* to, std::uint32_t tag) {
  T value{};
  if (TIFFGetField(from, tag, &value) == 1) TIFFSetField(to, tag, value);
}

void copy_tags(TIFF* from, TIFF* to) {
  copy_tag<std::uint16_t>(from, to, TIFFTAG_COMPRESSION);  // first: the fax tags exist only with a fax codec
  for (const std::uint32_t tag : {TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_ROWSPERSTRIP,
                                  TIFFTAG_BADFAXLINES, TIFFTAG_CONSECUTIVEBADFAXLINES})
    copy_tag<std::uint32_t>(from, to, tag);
  for (const std::uint32_t tag :
       {TIFFTAG_BITSPERSAMPLE, TIFFTAG_SAMPLESPERPIXEL, TIFFTAG_PHOTOMETRIC, TIFFTAG_FILLORDER,
        TIFFTAG_ORIENTATION, TIFFTAG_PLANARCONFIG, TIFFTAG_RESOLUTIONUNIT, TIFFTAG_CLEANFAXDATA})
    copy_tag<std::uint16_t>(from, to, tag);
  for (const std::uint32_t tag : {TIFFTAG_XRESOLUTION, TIFFTAG_YRESOLUTION}) {
    float value = 0;  // read as float, given back as double: libtiff's varargs
    if (TIFFGetField(from, tag, &value) == 1) TIFFSetField(to, tag, static_cast<double>(value));
  }
}

bool copy_page(const std::filesystem::path& file, TIFF* to, std::size_t index, std::size_t count,
               const DocumentText& text) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  const TiffHandle from = open_tiff_fd(fd.get(), file.string(), "r", nullptr);
  copy_tags(from.get(), to);
  TIFFSetField(to, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
  TIFFSetField(to, TIFFTAG_PAGENUMBER, static_cast<int>(index), static_cast<int>(count));
  TIFFSetField(to, TIFFTAG_SOFTWARE, "dahdi-faxrx " PROJECT_VERSION);
  TIFFSetField(to, TIFFTAG_IMAGEDESCRIPTION, text.description.c_str());
  TIFFSetField(to, TIFFTAG_DATETIME, text.date_time.c_str());
  std::vector<std::uint8_t> coded(TIFFRawStripSize64(from.get(), 0));
  const auto size = static_cast<tmsize_t>(coded.size());
  return TIFFReadRawStrip(from.get(), 0, coded.data(), size) == size &&
         TIFFWriteRawStrip(to, 0, coded.data(), size) == size && TIFFWriteDirectory(to) == 1;
}

}  // namespace

void write_document(const std::filesystem::path& folder, const std::string& name,
                    const std::vector<std::filesystem::path>& pages, const DocumentText& text) {
  base::DurableFile file(folder, name);
  std::string complaints;
  TiffComplaint complaint = [&complaints](const std::string& words) { complaints += ": " + words; };
  TiffHandle tiff = open_tiff_fd(file.fd(), file.part_path().string(), "w", &complaint);
  for (std::size_t i = 0; i < pages.size(); ++i)
    if (!copy_page(pages[i], tiff.get(), i, pages.size(), text) || !complaints.empty())
      throw base::Failure("cannot put {} into the document {}{}", pages[i].string(), (folder / name).string(),
                          complaints);
  tiff.reset();
  if (!complaints.empty())
    throw base::Failure("cannot write the document {}{}", (folder / name).string(), complaints);
  file.commit();
}

}  // namespace page
