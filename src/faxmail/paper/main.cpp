// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail-paper: makes one PDF. A program of its own, and not only a child of dahdi-faxmail: it reads what
// strangers sent, so the mail server's password is nowhere in its memory, and Ghostscript nowhere in the service's.
#include <fmt/format.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/paper/lock_down.hpp"
#include "src/faxmail/paper/pdf.hpp"
#include "src/faxmail/paper/split.hpp"

namespace {

using faxmail::PdfRequest;
using faxmail::SplitRequest;

constexpr int usage_code = 64;  // EX_USAGE
constexpr const char* help =
    "usage: dahdi-faxmail-paper [--debug]\n\n"
    "Makes the PDF of one fax. dahdi-faxmail starts it, once for each fax, with the work on standard input; "
    "there is\n"
    "nothing to be done with it by hand. See dahdi-faxmail-paper(8).\n";

void say(const std::string& text) {
  base::write_all(STDOUT_FILENO, text, "the result");
}

const std::filesystem::path& pdf_of(const faxmail::PaperWork& work) {
  if (const auto* split = std::get_if<SplitRequest>(&work)) return split->whole.pdf;
  return std::get<PdfRequest>(work).pdf;
}

void do_work(const faxmail::PaperWork& work) {
  faxmail::give_up_all_but_paper(pdf_of(work).parent_path());
  if (const auto* pdf = std::get_if<PdfRequest>(&work)) return faxmail::make_pdf(*pdf);
  say(faxmail::to_json(faxmail::split_pdf(std::get<SplitRequest>(work))));
}

std::string standard_input() {
  return base::read_file(STDIN_FILENO, "standard input", 4 * handoff::largest_record_json);
}

}  // namespace

int main(int count, char** words) noexcept try {
  bool debug = false;
  for (int i = 1; i < count; ++i) {
    debug = std::string_view(words[i]) == "--debug";
    if (debug) continue;
    const bool asked = std::string_view(words[i]) == "--help";
    std::fputs(help, asked ? stdout : stderr);
    return asked ? 0 : usage_code;
  }
  static_cast<void>(std::setlocale(LC_CTYPE, "C.UTF-8"));
  base::log::open("dahdi-faxmail", debug);
  do_work(faxmail::paper_work_from(standard_input()));
  ::_exit(0);  // with what Ghostscript's libraries leave in memory: there is nothing to give back but that
} catch (const std::exception& error) {
  try {
    say(error.what());
  } catch (const std::exception&) {
    // Whoever started it does not listen; its end says enough.
  }
  return 1;
}
