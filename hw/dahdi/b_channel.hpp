// SPDX-License-Identifier: GPL-2.0-or-later
// A B channel of a card as what carries an ISDN line's calls. Owned by its IsdnLine; RT safe once made. Between calls
// it sends the idle pattern (0xFF) and nothing is read: the driver then fills its buffers and waits.
#pragma once

#include <memory>

#include "hw/dahdi/channel.hpp"
#include "hw/dahdi/lost_samples.hpp"
#include "hw/event_queue.hpp"
#include "hw/isdn/bearer.hpp"

namespace hw::dahdi {

class BChannel final : public isdn::Bearer {
 public:
  explicit BChannel(std::unique_ptr<Channel> channel);  // prepared (opening.hpp)

  [[nodiscard]] int fd() const noexcept override { return channel_->fd(); }
  void take(Law law) noexcept override;
  void answer() noexcept override;
  void release() noexcept override;
  bool read(Block& heard) noexcept override;
  void write(const Block& said) noexcept override;
  LineEvent next_event() noexcept override;
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return true; }
  [[nodiscard]] LineFaults faults() noexcept override { return lost_.faults(); }
  [[nodiscard]] std::string_view remark() noexcept override { return lost_.remark(); }

 private:
  void drain_events() noexcept;
  void take_event(int event) noexcept;
  void look_at_alarms() noexcept;
  void say(const Block& said) noexcept;
  void say_ahead() noexcept;
  void failed(int error) noexcept;
  void card_gone() noexcept;

  std::unique_ptr<Channel> channel_;
  LostSamples lost_;
  EventQueue events_;
  std::uint32_t blocks_unanswered_ = 0;
  std::uint32_t blocks_to_catch_up_ = 0;  // to be said ahead again, after an underrun
  bool taken_ = false, connected_ = false, alarm_ = false, gone_ = false;
};

}  // namespace hw::dahdi
