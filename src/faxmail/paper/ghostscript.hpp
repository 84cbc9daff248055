// SPDX-License-Identifier: GPL-2.0-or-later
// One run of Ghostscript's library: arguments, PostScript of ours, and the bytes that PostScript reads from
// %stdin. There can be one at a time in a process. Owned by make_pdf, which runs in a child made for the job:
// libgs knows no time limit.
#pragma once

#include <exception>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "src/base/errors.hpp"

namespace faxmail {

// As it names itself in each PDF's document information: "GPL Ghostscript 10.00.0".
std::string ghostscript_name();

class GhostscriptFailure : public base::Failure {
 public:
  using base::Failure::Failure;
};

class Ghostscript {
 public:
  // Fills the buffer with the next bytes of the data and returns how many; 0 = that was all. May throw.
  using Data = std::function<std::size_t(std::span<char>)>;

  // Throws GhostscriptFailure when Ghostscript cannot start. `-q -dNOPAUSE -dSAFER` come by themselves.
  explicit Ghostscript(std::vector<std::string> arguments);
  ~Ghostscript();
  Ghostscript(const Ghostscript&) = delete;
  Ghostscript& operator=(const Ghostscript&) = delete;

  // Runs a program of less than 64 KB. Throws what `data` threw, or GhostscriptFailure with Ghostscript's words.
  void run(const std::string& program, const Data& data = {});
  // Writes the rest of the output file. Whoever leaves this out has no file.
  void finish();

 private:
  static int on_stdin(void* self, char* buffer, int size) noexcept;
  static int on_words(void* self, const char* text, int size) noexcept;
  void check(int code, const char* doing);

  void* instance_ = nullptr;  // must be null before gsapi_new_instance
  bool started_ = false;
  Data data_;
  std::exception_ptr thrown_;
  std::string words_;
};

}  // namespace faxmail
