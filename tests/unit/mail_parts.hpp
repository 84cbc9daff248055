// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of the tests of mail-out: a real SMTP server, a fax. For tests alone.
#pragma once

#include <sys/wait.h>
#include <tiffio.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/settings.hpp"
#include "src/handoff/fax_record.hpp"

namespace mail_parts {
namespace fs = std::filesystem;

inline std::string contents(const fs::path& file) {
  return base::read_file(file, 64 << 20);
}

// smtp_server.py as a process; killed with its object.
class SmtpServer {
 public:
  explicit SmtpServer(const fs::path& folder, std::vector<std::string> options = {}) : folder_(folder) {
    fs::create_directories(folder);
    int out[2];
    if (::pipe(out) != 0) throw base::system_failure("cannot make a pipe");
    const base::UniqueFd from(out[0]);
    base::UniqueFd to(out[1]);
    pid_ = ::fork();
    if (pid_ == 0) become_server(to.get(), options);
    to.reset();
    char text[16] = {};
    if (::read(from.get(), text, sizeof text - 1) <= 0) throw base::Failure("the SMTP server did not start");
    port_ = static_cast<unsigned>(std::atoi(text));
  }
  ~SmtpServer() { stop(); }
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  unsigned port() const { return port_; }
  std::size_t mails() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_))
      count += entry.path().extension() == ".eml" ? 1 : 0;
    return count;
  }
  std::string mail(unsigned number) const { return contents(folder_ / fmt::format("{:04}.eml", number)); }
  nlohmann::json envelope(unsigned number) const {
    return nlohmann::json::parse(contents(folder_ / fmt::format("{:04}.json", number)));
  }
  // Whom each session was for, in order.
  std::vector<std::set<std::string>> sessions() const {
    std::vector<std::set<std::string>> all;
    std::string last;
    std::istringstream lines(fs::exists(folder_ / "rcpt.log") ? contents(folder_ / "rcpt.log") : "");
    for (std::string session, address; lines >> session >> address; last = session) {
      if (session != last || all.back().count(address) != 0) all.emplace_back();
      all.back().insert(address);
    }
    return all;
  }
  faxmail::Smtp smtp() const {
    faxmail::Smtp smtp;
    smtp.server = "127.0.0.1";
    smtp.port = port_;
    return smtp;
  }

 private:
  [[noreturn]] void become_server(int output, const std::vector<std::string>& options) const {
    ::dup2(output, STDOUT_FILENO);
    std::vector<std::string> words = {"/usr/bin/python3", TEST_SMTP_SERVER, folder_.string()};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> pointers;
    for (std::string& word : words)
      pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }

  fs::path folder_;
  pid_t pid_ = -1;
  unsigned port_ = 0;
};

// A port on which nobody listens.
inline constexpr unsigned dead_port = 1;

inline handoff::FaxRecord sample_record(const base::CallId& id = base::CallId::random()) {
  handoff::FaxRecord fax;
  fax.id = id;
  fax.line = "exchange:1";
  fax.channel = 1;
  fax.called = "0301234569";
  fax.caller_number = "0307654321";
  fax.station_id = "+49 30 7654321";
  fax.started_unix_s = 1790000000;
  fax.duration_s = 40;
  fax.modem = "V.17";
  fax.rate_bps = 14400;
  fax.coding = "MMR";
  fax.outcome = "completed";
  fax.sentence = "the caller ended the call after its last page";
  fax.complete = true;
  fax.pages.push_back({1, 1728, 100, 203.2, 97.79, 0, 0, true, "good"});
  return fax;
}

constexpr unsigned page_width_pels = 1728;

// A page of so many rows at 204 × 98 dpi, G4 in one strip; its rows follow.
inline void begin_page(TIFF* tiff, unsigned rows) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, page_width_pels);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 203.2);
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 97.79);
}

inline void write_tiff(const fs::path& file) {
  constexpr unsigned rows = 100;
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  if (tiff == nullptr) throw base::Failure("no TIFF could be written for a test");
  begin_page(tiff, rows);
  std::vector<unsigned char> row(page_width_pels / 8);
  for (unsigned y = 0; y < rows; ++y) {
    std::fill(row.begin(), row.end(), y / 10 % 2 == 0 ? 0xF0 : 0x00);
    TIFFWriteScanline(tiff, row.data(), y);
  }
  TIFFClose(tiff);
}

}  // namespace mail_parts
