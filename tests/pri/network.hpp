// SPDX-License-Identifier: GPL-2.0-or-later
// The network's side of a PRI or BRI span, for tests: it places calls and shows what the far end answers. libpri as
// PRI_NETWORK does the work, on whatever carries frames: a D channel of the DAHDI driver, or one end of a SOCK_SEQPACKET
// pair at the other end of which libpri or our span process reads and writes as it does on a driver. On either, a
// packet is a frame with two octets for its FCS, whose values nobody looks at.
//
// Owned by one test; one thread. Nothing here waits but run_until(). A story that has a loop of its own polls fd() for
// no longer than timeout_ms() and calls work().
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hw/isdn/d_channel.hpp"
#include "src/span/span_plan.hpp"
#include "tests/pri/frame_tap.hpp"
#include "tests/pri/libpri.hpp"
#include "tests/pri/message.hpp"

namespace isdn {

using Clock = std::chrono::steady_clock;

using span::Access;

struct Habits {  // of the network
  Access access = Access::primary;
  int switch_type = PRI_SWITCH_EUROISDN_E1;
  bool acknowledges_connect = true;  // false: never, and the far end's T313 runs out
};

// What a SETUP says. Empty texts are left out of it. A story names what matters; the rest is as declared.
struct Setup {
  std::string called = "4711", caller = "301234", name, redirecting;
  int timeslot = 1;
  bool exclusive = true;  // false: that one is preferred
  bool complete = true;   // Sending complete; false: more digits may follow by INFORMATION
  int bearer = PRI_TRANS_CAP_3_1K_AUDIO, layer1 = PRI_LAYER_1_ALAW;
  int presentation = PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN;
  int caller_plan = PRI_NATIONAL_ISDN, redirecting_reason = PRI_REDIR_FORWARD_ON_BUSY;
};
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct Call {
  Setup setup;
  int reference = 0;             // of the call, on the wire
  std::vector<Message> answers;  // all that the far end sent about it, in its order
  int timeslot = 0;              // as the far end chose it, or as it was asked
  bool connected = false;        // the far end has answered, and nobody hung up since
  bool over = false;             // its reference is free again
  int cause = 0;                 // why it ended, as the far end said
  Clock::time_point placed;
  std::optional<Clock::duration> until_connect;

  // "CALL PROCEEDING, ALERTING, CONNECT"
  [[nodiscard]] std::string heard() const;
  [[nodiscard]] bool heard(MessageType type) const;
};

class Network {
 public:
  explicit Network(std::unique_ptr<hw::isdn::DChannel> d_channel, const Habits& habits = {});
  // libpri's controller outlives it, as libpri has no way to give one back; nobody runs it any more.
  ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  [[nodiscard]] int fd() const noexcept { return d_channel_->fd(); }
  [[nodiscard]] short poll_events() const noexcept { return d_channel_->poll_events(); }
  [[nodiscard]] int timeout_ms();  // −1 = for ever
  void work();
  // Works until it is so, at most that long. Returns whether it is so.
  bool run_until(const std::function<bool()>& is_so,
                 std::chrono::milliseconds limit = std::chrono::seconds(15));
  bool run_until_up() {
    return run_until([this] { return up(); }, std::chrono::seconds(20));
  }

  [[nodiscard]] bool up() const noexcept { return up_; }  // layer 2
  // Whether the span is in alarm, or the far end's socket is closed.
  [[nodiscard]] bool alarm() const noexcept { return alarm_; }

  // The call lives as long as the network does.
  Call& place_call(const Setup& setup);
  void more_digits(Call& call, const std::string& digits);  // an INFORMATION for each
  void hang_up(Call& call, int cause = PRI_CAUSE_NORMAL_CLEARING);
  void acknowledge_connect(Call& call);  // by hand, where the network does not by itself
  // The same SETUP again, as after T303, though the far end has answered the first.
  void repeat_setup(const Call& call);

  // RESTART of one channel, or of the whole span: all its calls are gone at once, without another word.
  void restart_channel(int timeslot);
  void restart_span();
  [[nodiscard]] unsigned restarts_acknowledged() const noexcept { return restarts_acknowledged_; }

  void never_acknowledge_connect() noexcept { habits_.acknowledges_connect = false; }
  // Layer 2 is lost: frames are neither sent nor taken from the D channel, until it is given back.
  void fall_silent(bool silent = true) noexcept { silent_ = silent; }

  // Any message, also a wrong one, to the far end's layer 3. False: layer 2 is not up.
  bool send(Octets message);
  [[nodiscard]] int reference_octets() const noexcept;
  // A timer of libpri's on this side: PRI_TIMER_T303 and so on.
  void set_timer(int timer, std::chrono::milliseconds time);

  // Call references that the calls to come do not have: an exchange does not begin with 1 whenever it starts.
  void skip_references(unsigned count);

  // Messages about no call of ours: RESTART ACKNOWLEDGE, STATUS about unknown references ...
  [[nodiscard]] const std::vector<Message>& other_messages() const noexcept { return other_; }
  // The channels that the far end has restarted, in its order, since they were last forgotten.
  [[nodiscard]] const std::vector<int>& restarted() const noexcept { return restarted_; }
  void forget_restarted() noexcept { restarted_.clear(); }
  [[nodiscard]] const std::deque<Call>& calls() const noexcept { return calls_; }

 private:
  static int read_frame(pri* controller, void* frame, int room);
  static int write_frame(pri* controller, void* frame, int length);
  int take_frame(std::span<std::uint8_t> frame);
  void give_frame(std::span<const std::uint8_t> frame);
  void look_at_d_channel();
  void take(const pri_event& event);
  void take_answer(q931_call* call);
  void take_release(const pri_event_hangup& event);
  void note(const Message& message);
  Call* call_of(q931_call* handle);
  void forget(Call& call);

  std::unique_ptr<hw::isdn::DChannel> d_channel_;
  Habits habits_;
  pri* controller_ = nullptr;
  FrameTap tap_;
  std::deque<Call> calls_;
  std::map<Call*, q931_call*> handles_;  // of the calls that are not over
  std::map<int, Frame> setups_;          // as they went out, by call reference
  std::vector<Message> other_;
  std::vector<int> restarted_;
  unsigned restarts_acknowledged_ = 0;
  bool more_ = false, up_ = false, alarm_ = false, silent_ = false;
};

}  // namespace isdn
