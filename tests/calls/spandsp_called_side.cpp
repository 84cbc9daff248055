// SPDX-License-Identifier: GPL-2.0-or-later
#include <vector>

#include "src/base/errors.hpp"
#include "src/modem/spandsp.hpp"
#include "tests/calls/called_side.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace calls {
namespace {

class SpandspSide : public CalledSide {
 public:
  SpandspSide() : fax_(fax_init(nullptr, FALSE), &fax_free) {
    if (!fax_) throw base::Failure("there is no memory for a fax");
    t30_state_t* t30 = fax_get_t30_state(fax_.get());
    fax_set_transmit_on_idle(fax_.get(), TRUE);
    t30_set_rx_file(t30, (folder_.path / "page.tif").c_str(), -1);
    t30_set_ecm_capability(t30, TRUE);
    t30_set_supported_modems(t30, T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17);
    t30_set_supported_compressions(
        t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
    t30_set_phase_e_handler(t30, &SpandspSide::over, this);
  }
  ~SpandspSide() override { t30_set_phase_e_handler(fax_get_t30_state(fax_.get()), nullptr, nullptr); }
  SpandspSide(const SpandspSide&) = delete;
  SpandspSide& operator=(const SpandspSide&) = delete;

  void block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) override {
    Samples copy(heard.begin(), heard.end());  // it wants them writable
    fax_rx(fax_.get(), copy.data(), static_cast<int>(copy.size()));
    fax_tx(fax_.get(), said.data(), static_cast<int>(said.size()));
  }
  [[nodiscard]] bool has_hung_up() const override { return over_; }
  void caller_hung_up() override { t30_terminate(fax_get_t30_state(fax_.get())); }
  void set_disk(bool, unsigned) override {}

 private:
  using Samples = std::vector<std::int16_t>;
  static void over(t30_state_t*, void* self, int) { static_cast<SpandspSide*>(self)->over_ = true; }

  unit::ScratchFolder folder_;  // it insists on a file
  std::unique_ptr<fax_state_t, decltype(&fax_free)> fax_;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<CalledSide> spandsp_called_side() {
  return std::make_unique<SpandspSide>();
}

}  // namespace calls
