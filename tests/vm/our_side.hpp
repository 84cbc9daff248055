// SPDX-License-Identifier: GPL-2.0-or-later
// Our side of a story in the guest: dahdi-faxrx on channels of the real driver; and the fax machines that call it by way
// of tests/vm/central_office. Every part is the real program.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "tests/scenario/process.hpp"
#include "tests/vm/two_ends.hpp"

namespace vm {

std::filesystem::path pages(const std::string& name);  // what the build made: "one", "ten", "sample"
std::string program(const std::string& name);          // "dahdi-faxrx"

struct Fax {  // as dahdi-faxmail would be given it
  nlohmann::json record;
  std::filesystem::path document;
};

class FaxService {
 public:
  // Its files are in that folder. `configuration` is its whole dahdi-faxrx.conf. `command` is what runs instead of
  // the program itself.
  FaxService(std::filesystem::path folder, const std::string& channels, const std::string& configuration = {},
             Words command = {program("dahdi-faxrx")});
  FaxService(const CentralOffice& office, const std::string& channels, const std::string& configuration = {},
             Words command = {program("dahdi-faxrx")})
      : FaxService(office.folder(), channels, configuration, std::move(command)) {}
  ~FaxService();
  FaxService(const FaxService&) = delete;
  FaxService& operator=(const FaxService&) = delete;

  // The fax that came on that channel; fails the story when none comes. The first one, if there are more.
  Fax fax_on(unsigned channel);
  [[nodiscard]] std::string log() const { return program_.log(); }
  bool log_says(const std::string& words);  // eventually
  [[nodiscard]] scenario::Process& process() { return program_; }
  [[nodiscard]] std::filesystem::path spool() const { return folder_ / "spool"; }

 private:
  std::filesystem::path folder_;
  scenario::Process program_;
};

// dahdi-faxcall, which goes on until it is over.
class FaxMachine {
 public:
  // The options are those that the story is about; number, name and pace have defaults.
  FaxMachine(const CentralOffice& office, const Words& options);
  // Fails the story when the call is not over within the limit.
  nlohmann::json wait(std::chrono::seconds limit = std::chrono::seconds(400));
  [[nodiscard]] std::string log() const { return process_.log(); }
  [[nodiscard]] scenario::Process& process() { return process_; }

 private:
  scenario::Process process_;
};

// All pages, pixel for pixel.
bool same_pages(const std::filesystem::path& one, const std::filesystem::path& other);
// The driver and the telephone exchange lost not a sample of it.
void check_no_sample_lost(const Fax& fax);

}  // namespace vm
