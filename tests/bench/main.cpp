// SPDX-License-Identifier: GPL-2.0-or-later
//
// bench: what receiving a fax costs, as a table and as JSON. Run by `meson test --benchmark`, or by hand:
//
//   bench                the whole table; about ten minutes, and a machine with nothing else to do
//   bench --quick        the rows measured in this process only; about a minute
//   bench --lines 30     so many lines at once instead of 480
//   bench --spans 1      so many E1 at once instead of 8
//   bench --report-only  exit code 0 whatever was reached
//
// Everything is measured in one run, side by side with what it is to be compared to. A row that has a limit
// and does not keep it makes the exit code 1.
//
// How
//   The caller's side of a call is recorded in memory, spandsp's engine on both ends (recorded_call.hpp): a
//   typed letter, a fine drawing, a photograph in halftone. V.17, V.29 and V.27ter without ECM in MR, V.17 with
//   ECM in MMR.
//   receiver             The same blocks go to spandsp's fax_rx and to t30::Receiver::block(), a second each in
//                        turn, in one thread; CLOCK_THREAD_CPUTIME_ID around every block, less what reading
//                        that clock costs; the sum, median of 7 replays. fax_tx is not counted for spandsp;
//                        ours speaks and hears in one function, and all of it is counted. Both must have
//                        received every page.
//   and page process     Ours and what its page process does with the ring: decoding, judging, coding, TIFF,
//                        fsync, reading back, logging: the class that does it there, over a ring. spandsp's
//                        engine decodes and writes its TIFF within fax_rx, without fsync.
//   worst 20 ms block    For each block the least of the 7 replays, which takes out what others did to this
//                        machine; of those the largest.
//   waiting              faxrx::LineLoop over a line of silence, beside poll, read, write of the same.
//   allocations          malloc and its family are counted wherever they are called from, spandsp too.
//   system calls         Of the real `faxrx line 1` in a call, from its ANSWERED to its HANGUP, by ptrace.
//   memory               Private_Dirty of smaps_rollup, VmPTE of status; of the real processes.
//   lines at once        The real dahdi-faxrx on the software exchange; one process plays a recording (three
//                        pages by V.17) to every line, a block each 20 ms, the calls beginning within 30 s of
//                        each other; CPU of all its processes from their schedstat. Before, as many processes
//                        that only poll, read and write were played the same. The receiver's own cost is taken
//                        from the replay of that recording in process.
//   B channels at once   The real dahdi-faxrx on 8 trunks of the software exchange, each of 30 B channels with libpri as
//                        the network on its D channel, in this process: a SETUP on every channel at once, again and
//                        again; then the recording on every channel, beside as many analog lines of the exchange.
//   end of page to MCF   The real dahdi-faxrx, a caller in lock step, whose line's time stands still while its
//                        page is being stored: how long it stood still. In between a file of a page's size is
//                        written and fsynced on the same file system.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "src/base/errors.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/in_process.hpp"
#include "tests/bench/many_b_channels.hpp"
#include "tests/bench/quiet_log.hpp"
#include "tests/bench/real_programs.hpp"

namespace {
namespace fs = std::filesystem;

struct Options {
  fs::path pages = BENCH_PAGES;  // sample.tif, ten.tif
  fs::path json = "bench.json";
  fs::path folder = fs::temp_directory_path();
  unsigned lines = 480, spans = 8;
  unsigned stored_pages = 200;
  std::string only;  // part of a row's name
  bool quick = false, report_only = false;
};

class Folder {
 public:
  explicit Folder(const fs::path& above) {
    std::string name = (above / "faxrx-bench.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw base::system_failure("cannot make the folder " + name);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path make(const std::string& name) const {
    fs::create_directory(path / name);
    return path / name;
  }
  fs::path path;
};

// Whatever goes wrong in one row is said in the table, and the others are measured all the same.
class Rows {
 public:
  Rows(const Options& options, fs::path log, bench::Figures& figures)
      : only_(options.only), log_(std::move(log)), figures_(figures) {}
  void measure(const std::string& what, const std::function<void()>& work) {
    if (what.find(only_) == std::string::npos) return;
    std::fprintf(stderr, "%s ...\n", what.c_str());
    try {
      const bench::QuietLog quiet(log_);
      work();
    } catch (const std::exception& error) {
      figures_.failed(what, error.what());
    }
  }

 private:
  std::string only_;
  fs::path log_;
  bench::Figures& figures_;
};

void measure_all(const Options& options, const Folder& folder, bench::Figures& figures) {
  using faxcall::Coding;
  using faxcall::Modem;
  Rows rows(options, folder.path / "log", figures);
  const fs::path sample = options.pages / "sample.tif";
  const std::vector<bench::CallToRecord> calls = {
      {"V.17", Modem::v17, false, Coding::mr, sample},
      {"V.29", Modem::v29, false, Coding::mr, sample},
      {"V.27ter", Modem::v27ter, false, Coding::mr, sample},
      {"V.17 with ECM", Modem::v17, true, Coding::mmr, sample},
  };
  for (const bench::CallToRecord& call : calls)
    rows.measure(call.name, [&] {
      const bench::RecordedCall recorded = bench::record(call, folder.make("record " + call.name));
      const fs::path spool = folder.make("receive " + call.name);
      bench::measure_receiver(recorded, spool, figures);
      bench::count_allocations(recorded, spool, figures);
    });
  rows.measure("waiting for a call", [&] { bench::measure_waiting(figures); });
  if (options.quick) return;
  const bench::RealPrograms real{options.pages, folder.path, options.lines, options.stored_pages};
  rows.measure("one real line", [&] { bench::measure_one_line(real, figures); });
  rows.measure("end of page to MCF", [&] { bench::measure_storing(real, figures); });
  rows.measure("many lines at once", [&] { bench::measure_many_lines(real, figures); });
  rows.measure("many B channels at once",
               [&] { bench::measure_many_b_channels(real, options.spans, figures); });
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("bench measures what receiving a fax costs, beside spandsp's fax_rx in the same run.",
               "bench");
  app.add_option("--pages", options.pages, "folder with sample.tif and ten.tif")->capture_default_str();
  app.add_option("--json", options.json, "where the figures go as JSON")->capture_default_str();
  app.add_option("--folder", options.folder, "where files are stored and fsynced")->capture_default_str();
  app.add_option("--lines", options.lines, "lines receiving at once")
      ->check(CLI::Range(1, 4000))
      ->capture_default_str();
  app.add_option("--spans", options.spans, "E1 of 30 B channels that receive at once")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  app.add_option("--stored-pages", options.stored_pages, "pages for the time from page end to MCF")
      ->check(CLI::Range(10, 100000))
      ->capture_default_str();
  app.add_option("--only", options.only,
                 "only rows with this in their name: \"V.17\", \"waiting\", \"one real\", "
                 "\"end of page\", \"many lines\", \"many B\"");
  app.add_flag("--quick", options.quick, "only what is measured in this process");
  app.add_flag("--report-only", options.report_only, "exit code 0 whatever was reached");
  CLI11_PARSE(app, argc, argv);
  bench::Figures figures;
  measure_all(options, Folder(options.folder), figures);
  figures.print();
  figures.write_json(options.json);
  return figures.all_reached() || options.report_only ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) noexcept {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 2;
  }
}
