// SPDX-License-Identifier: GPL-2.0-or-later
// From the end of a page to its MCF: a caller in lock step sees how long the line's time stood still, which it
// does while the page process decodes, writes, fsyncs, reads back and judges.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "tests/bench/cpu_time.hpp"
#include "tests/bench/faxrx_program.hpp"
#include "tests/bench/lock_step_call.hpp"
#include "tests/bench/real_programs.hpp"

namespace bench {
namespace {

constexpr double most_ms = 100;
constexpr double most_times_the_probe = 3;
constexpr std::size_t probe_bytes = 10'000;  // about what the letter has as a TIFF file

class Watch {
 public:
  explicit Watch(std::filesystem::path probe_folder) : probe_folder_(std::move(probe_folder)) {}
  faxcall::FaxCaller::Listener listener() {
    faxcall::FaxCaller::Listener listener;
    listener.frame = [this](bool sent, std::string_view frame, std::string_view) {
      if (sent && (frame == "MPS" || frame == "EOM" || frame == "EOP")) slowest_ns_ = 0;
    };
    listener.page = [this](const faxcall::PageReport&) {
      page_ms_.push_back(static_cast<double>(slowest_ns_) / 1e6);
      probe();
    };
    return listener;
  }
  void block(std::int64_t answer_ns) {
    slowest_ns_ = std::max(slowest_ns_, answer_ns);
    block_ns_.push_back(answer_ns);
  }
  void report(Figures& figures) const;

 private:
  void probe();

  std::filesystem::path probe_folder_;
  std::int64_t slowest_ns_ = 0;
  std::vector<std::int64_t> block_ns_;
  std::vector<double> page_ms_, probe_ms_;
};

// The least that makes a page durable: a file written and fsynced, and its folder.
void Watch::probe() {
  const std::vector<std::uint8_t> bytes(probe_bytes, 0x55);
  const std::string name = (probe_folder_ / fmt::format("probe-{}", probe_ms_.size())).string();
  const std::int64_t begin = monotonic_ns();
  const base::UniqueFd file(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw base::system_failure("cannot make " + name);
  base::write_all(file.get(), bytes, name);
  base::fsync_file(file.get(), name);
  base::fsync_folder(probe_folder_);
  probe_ms_.push_back(static_cast<double>(monotonic_ns() - begin) / 1e6);
}

void Watch::report(Figures& figures) const {
  const double usual_ms = static_cast<double>(median(block_ns_)) / 1e6;
  const double p99 = percentile(page_ms_, 0.99) - usual_ms;
  const double probe_p99 = percentile(probe_ms_, 0.99);
  figures.add(
      {"end of page to MCF, time added by the disk, p99", p99, "ms",
       std::max(most_ms, most_times_the_probe * probe_p99),
       fmt::format("of {} pages; median {:.1f} ms; bare write and fsync p99 {:.1f} ms, median {:.1f} ms",
                   page_ms_.size(), median(page_ms_) - usual_ms, probe_p99, median(probe_ms_))});
}

}  // namespace

void measure_storing(const RealPrograms& real, Figures& figures) {
  constexpr unsigned pages_a_call = 10;
  const FaxrxProgram faxrx(real.folder / "storing", 1);
  std::filesystem::create_directory(real.folder / "storing" / "probes");
  Watch watch(real.folder / "storing" / "probes");
  const faxcall::FaxSettings fax{real.pages / "ten.tif", "+49 30 1234", "", faxcall::Modem::v17, 14400, false,
                                 faxcall::Coding::mr};
  const unsigned calls = (real.stored_pages + pages_a_call - 1) / pages_a_call;
  for (unsigned n = 0; n < calls; ++n) {
    const int confirmed = call_in_lock_step(faxrx.lines(), fax, watch.listener(),
                                            [&watch](std::int64_t answer_ns) { watch.block(answer_ns); });
    if (confirmed != pages_a_call)
      throw base::Failure("call {} got {} of {} pages through", n + 1, confirmed, pages_a_call);
  }
  if (faxrx.await_whole_faxes(calls, pages_a_call) != calls)
    throw base::Failure("not all {} faxes are whole in the spool", calls);
  watch.report(figures);
}

}  // namespace bench
