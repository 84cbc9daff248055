// SPDX-License-Identifier: GPL-2.0-or-later
// Two called fax machines that take the same blocks: spandsp's own engine, and ours with its ring, its page
// process's work and a folder to store in. For the benchmarks; one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "hw/line.hpp"
#include "src/base/ring.hpp"
#include "src/faxrx/call_keeper.hpp"
#include "src/faxrx/ring_sink.hpp"
#include "src/t30/receiver.hpp"

struct fax_state_s;

namespace bench {

// spandsp's T.30 engine as it is used by those who use it: it decodes the pages and writes them to a TIFF file,
// all of it within fax_rx.
class SpandspCallee {
 public:
  explicit SpandspCallee(const std::filesystem::path& file);
  void hear(hw::Block heard);  // a copy: fax_rx takes the DC out in place
  void say(hw::Block& said);
  [[nodiscard]] bool over() const;
  [[nodiscard]] unsigned pages() const;  // received and confirmed

 private:
  struct Free {
    void operator()(fax_state_s* fax) const noexcept;
  };
  std::unique_ptr<fax_state_s, Free> fax_;
};

// Ours. What the line process does is block(); what its page process does with what came out of it is
// work_as_page_process(): the same code that runs there, over the same ring.
class OurCallee {
 public:
  // Makes the spool's folders. Settings as they are without a configuration file.
  explicit OurCallee(const std::filesystem::path& spool);
  void begin();
  void block(const hw::Block& heard, hw::Block& said) noexcept;
  // True when there was anything to do.
  bool work_as_page_process();
  void end();
  [[nodiscard]] bool over() const { return receiver_.outcome() != t30::Outcome::none; }
  [[nodiscard]] t30::Outcome outcome() const { return receiver_.outcome(); }
  [[nodiscard]] unsigned pages() const { return good_pages_; }  // on disk and judged good
  [[nodiscard]] t30::Receiver& receiver() noexcept { return receiver_; }

 private:
  faxrx::Settings settings_;
  faxrx::ServedLine served_;
  base::RingMemory memory_;
  base::RingReader reader_;
  faxrx::RingSink sink_;
  t30::Receiver receiver_;
  faxrx::CallKeeper keeper_;
  unsigned good_pages_ = 0;
};

}  // namespace bench
