// SPDX-License-Identifier: GPL-2.0-or-later
//
// bench-mail: what mailing a fax costs, as a table and as JSON. Run by `meson test --benchmark`, or by hand:
//
//   bench-mail                all of it; about three minutes, and a machine with nothing else to do
//   bench-mail --report-only  exit code 0 whatever was reached
//
// Everything is measured in one run, side by side with the usual recipe (tests/bench/recipe.py: libtiff's tiff2pdf and
// Python's smtplib), over the same SMTP server on the loopback (tests/tools/smtp-server) and the same disk. A row that has
// a limit and does not keep it makes the exit code 1.
//
// How
//   handed over to mail accepted   The real dahdi-faxmail. From before the frame is sent to the file that the SMTP server
//                                  renames just before it says 250: durable hand-off, PDF/A, preview, queue and delivery
//                                  are all in it. The recipe: from before its process is started to its end. In turn,
//                                  median of 7.
//   mails an hour                  So many one-page faxes handed over as fast as they are taken, 8 deliveries at once; from
//                                  the first frame to the last mail. The recipe, 8 processes at once.
//   peak memory                    ru_maxrss of the service and of the largest of its children, over all of the above.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "src/base/errors.hpp"
#include "tests/bench/cpu_time.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/mail_office.hpp"

namespace {
namespace fs = std::filesystem;
using namespace bench;

constexpr unsigned times = 7;
constexpr unsigned at_once = 8;
constexpr double most_s_for_a_page = 0.5, most_mb = 64;

struct Options {
  fs::path pages = BENCH_PAGES;  // one.tif, ten.tif
  fs::path json = "bench-mail.json";
  fs::path folder = fs::temp_directory_path();
  unsigned mails = 200;
  bool report_only = false;
};

double seconds_for(const std::function<void()>& work) {
  const std::int64_t begin = monotonic_ns();
  work();
  return static_cast<double>(monotonic_ns() - begin) / 1e9;
}

void measure_one(MailOffice& office, const TestFax& fax, Figures& figures) {
  std::vector<double> ours, recipes;
  for (unsigned i = 0; i < times; ++i) {
    ours.push_back(seconds_for([&] {
      office.hand_over(fax);
      office.await_mails(1);
    }));
    recipes.push_back(seconds_for([&] { office.run_recipes(fax, 1, 1); }));
  }
  std::optional<double> limit;
  if (fax.pages == 1) limit = most_s_for_a_page;
  figures.add({fmt::format("handed over to mail accepted, {} page{}", fax.pages, fax.pages == 1 ? "" : "s"),
               median(ours), "s", limit,
               fmt::format("worst {:.3f}; tiff2pdf and smtplib {:.3f}",
                           *std::max_element(ours.begin(), ours.end()), median(recipes))});
}

void measure_many(MailOffice& office, const TestFax& fax, unsigned mails, Figures& figures) {
  const double ours = seconds_for([&] {
    for (unsigned i = 0; i < mails; ++i)
      office.hand_over(fax);
    office.await_mails(mails);
  });
  const double recipes = seconds_for([&] { office.run_recipes(fax, mails, at_once); });
  figures.add({fmt::format("mails an hour, {} deliveries at once", at_once),
               mails / ours * 3600,
               "",
               {},
               fmt::format("{} faxes of a page in {:.1f} s; tiff2pdf and smtplib, {} at once: {:.0f} an hour",
                           mails, ours, at_once, mails / recipes * 3600)});
}

double peak_mb(int whose) {
  rusage usage{};
  ::getrusage(whose, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("bench-mail measures what mailing a fax costs, beside tiff2pdf and smtplib in the same run.",
               "bench-mail");
  app.add_option("--pages", options.pages, "folder with one.tif and ten.tif")->capture_default_str();
  app.add_option("--json", options.json, "where the figures go as JSON")->capture_default_str();
  app.add_option("--folder", options.folder, "where spool and mails are")->capture_default_str();
  app.add_option("--mails", options.mails, "for the mails an hour")
      ->check(CLI::Range(8, 10000))
      ->capture_default_str();
  app.add_flag("--report-only", options.report_only, "exit code 0 whatever was reached");
  CLI11_PARSE(app, argc, argv);
  Figures figures;
  const ScratchFolder folder(options.folder);
  const TestFax one{options.pages / "one.tif", 1}, ten{options.pages / "ten.tif", 10};
  const TestFax many = joined(ten, 20, folder.path / "many.tif");
  {
    MailOffice office(folder.path, at_once);
    for (const TestFax& fax : {one, ten, many})
      measure_one(office, fax, figures);
    measure_many(office, one, options.mails, figures);
    const double largest = office.stop();
    figures.add({"peak memory of a process, faxes of 200 pages among them", largest, "MB", most_mb,
                 fmt::format("tiff2pdf and Python {:.0f}", peak_mb(RUSAGE_CHILDREN))});
  }
  figures.print();
  figures.write_json(options.json);
  return figures.all_reached() || options.report_only ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) noexcept {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-mail: %s\n", error.what());
    return 2;
  }
}
