// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/matrix/machine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "src/modem/spandsp.hpp"
#include "src/t30/receiver.hpp"
#include "tests/calls/memory_sink.hpp"

namespace matrix {
namespace {

class OurMachine final : public Machine {
 public:
  explicit OurMachine(int verdict_delay_blocks) : receiver_(sink_) {
    sink_.verdict_delay_blocks = verdict_delay_blocks;
    receiver_.start({});
  }
  void block(const hw::Block& heard, hw::Block& said) override {
    receiver_.block(heard, said);
    if (receiver_.has_unsent_bytes()) receiver_.pump();
    if (const auto verdict = sink_.due_verdict()) receiver_.verdict(*verdict);
  }
  std::vector<Rows> pages() override {
    receiver_.line_dropped();
    std::vector<Rows> all;
    for (calls::KeptPage& page : sink_.pages)
      all.push_back(std::move(page.rows.rows));
    return all;
  }

 private:
  calls::MemorySink sink_;
  t30::Receiver receiver_;
};

class StockMachine final : public Machine {
 public:
  StockMachine() : file_(new_file()), fax_(fax_init(nullptr, FALSE)) {
    if (!fax_) throw std::bad_alloc();
    t30_state_t* t30 = fax_get_t30_state(fax_.get());
    t30_set_rx_file(t30, file_.c_str(), -1);
    t30_set_ecm_capability(t30, TRUE);
    t30_set_supported_modems(t30, T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17);
    t30_set_supported_compressions(
        t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
    fax_set_transmit_on_idle(fax_.get(), TRUE);
  }
  ~StockMachine() override { std::filesystem::remove(file_); }
  StockMachine(const StockMachine&) = delete;
  StockMachine& operator=(const StockMachine&) = delete;

  void block(const hw::Block& heard, hw::Block& said) override {
    hw::Block scratch = heard;  // fax_rx takes the DC out in place
    fax_rx(fax_.get(), scratch.data(), static_cast<int>(scratch.size()));
    const int made = fax_tx(fax_.get(), said.data(), static_cast<int>(said.size()));
    std::fill(said.begin() + std::clamp<int>(made, 0, said.size()), said.end(), std::int16_t{0});
  }
  std::vector<Rows> pages() override {
    t30_terminate(fax_get_t30_state(fax_.get()));
    fax_.reset();  // closes the file
    return read_fax(file_);
  }

 private:
  struct Free {
    void operator()(fax_state_s* fax) const noexcept { fax_free(fax); }
  };
  static std::filesystem::path new_file() {
    static unsigned calls = 0;
    const std::filesystem::path memory = "/dev/shm";
    const auto folder = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    return folder / fmt::format("faxrx-stock-{}-{}.tif", ::getpid(), ++calls);
  }

  std::filesystem::path file_;
  std::unique_ptr<fax_state_s, Free> fax_;
};

}  // namespace

std::unique_ptr<Machine> answer(Make make, int verdict_delay_blocks) {
#ifdef MATRIX_WITHOUT_OURS
  (void)verdict_delay_blocks;
  (void)make;
  return std::make_unique<StockMachine>();
#else
  if (make == Make::ours) return std::make_unique<OurMachine>(verdict_delay_blocks);
  return std::make_unique<StockMachine>();
#endif
}

}  // namespace matrix
