// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxcall(1): a calling fax machine on a software telephone exchange.
#include <fmt/format.h>
#include <sysexits.h>

#include <cstdio>
#include <exception>

#include "src/base/errors.hpp"
#include "src/faxcall/call.hpp"
#include "src/faxcall/fax_file.hpp"
#include "src/faxcall/options.hpp"
#include "src/faxcall/report.hpp"

namespace {

int place_call(const faxcall::Options& options) {
  std::FILE* const people = options.json ? stderr : stdout;
  const auto watch = [people](double line_s, const std::string& sentence) {
    fmt::print(people, "{:8.2f} s  {}\n", line_s, sentence);
    static_cast<void>(
        std::fflush(people));  // who watches wants it now; a watcher gone is no failure of the call
  };
  const int pages = options.fax.file.empty() ? 0 : faxcall::count_fax_pages(options.fax.file);
  const faxcall::CallResult result = faxcall::Call(options, pages, watch).run();
  watch(result.line_s, faxcall::final_sentence(result));
  if (options.json) fmt::print("{}\n", faxcall::json_text(result));
  return faxcall::exit_code(result.outcome);
}

}  // namespace

int main(int argc, char** argv) noexcept try {
  const auto options = faxcall::read_options(argc, argv);
  const int* end = std::get_if<int>(&options);
  return end != nullptr ? *end : place_call(std::get<faxcall::Options>(options));
} catch (const base::Failure& failure) {
  fmt::print(stderr, "dahdi-faxcall: {}\n", failure.what());
  return EX_DATAERR;
} catch (const std::exception& failure) {
  fmt::print(stderr, "dahdi-faxcall: {}\n", failure.what());
  return EX_OSERR;
}
