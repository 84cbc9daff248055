// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/opening.hpp"

#include <cerrno>
#include <system_error>

namespace hw::dahdi {
namespace {

// A late reader loses nothing for 640 ms; the driver allows no more buffers.
constexpr int buffers_of_a_channel = DAHDI_MAX_NUM_BUFS;

std::string reason(int error) {
  return std::generic_category().message(error);
}

void check_signalling(unsigned number, int sigtype) {
  if ((sigtype & __DAHDI_SIG_FXS) != 0) return;  // an FXO port is signalled like a telephone: fxsks, fxsls
  if ((sigtype & __DAHDI_SIG_FXO) != 0)
    throw base::Failure(
        "channel {} is an FXS port, for a telephone; a line from the exchange goes into an FXO port "
        "(fxsks= in /etc/dahdi/system.conf)",
        number);
  if (sigtype == DAHDI_SIG_CLEAR)
    throw base::Failure(
        "channel {} is a B channel of an ISDN span that has no D channel: its calls come through that, and "
        "not by "
        "ringing; write dchan=16 for an E1 (dchan=24 for a T1, the span's third channel with hardhdlc= for a "
        "BRI, as "
        "dahdi_genconf does) into /etc/dahdi/system.conf, then run dahdi_cfg",
        number);
  if (sigtype == DAHDI_SIG_HARDHDLC || sigtype == DAHDI_SIG_HDLCFCS || sigtype == DAHDI_SIG_HDLCRAW)
    throw base::Failure("channel {} is a D channel: it carries an ISDN span's signalling and no sound",
                        number);
  throw base::Failure(
      "channel {} is configured with a signalling that is not served (robbed-bit, E&M, CAS); an analog "
      "line's "
      "port needs fxsks= in /etc/dahdi/system.conf, then run dahdi_cfg",
      number);
}

void check_gains(Channel& channel, unsigned number) {
  dahdi_gains gains{};
  if (channel.get_gains(gains) != 0) return;  // cannot be read: nothing is known against them
  for (int i = 0; i < 256; ++i)
    if (gains.rxgain[i] != i || gains.txgain[i] != i)
      throw base::Failure(
          "channel {} has gains set in the driver, which clip and distort a fax's modem; find the program "
          "that "
          "sets them and have it leave them at 0 dB",
          number);
}

}  // namespace

base::Failure device_failure(int error) {
  switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return base::Failure(
          "there is no {}: the telephony driver, DAHDI, is not loaded; install Debian's dahdi and "
          "dahdi-dkms, load it with \"modprobe dahdi\" and the card's own module, then run dahdi_cfg (or use "
          "exchange:FOLDER/1-4, which needs no card)",
          channel_device);
    case EACCES:
    case EPERM:
      return base::Failure(
          "{} is there but this user may not open it; run as root, or make the user a member of the device's "
          "group (see ls -l {}; dialout on most systems)",
          channel_device, channel_device);
    default:
      return base::Failure("{} cannot be opened: {}", channel_device, reason(error));
  }
}

base::Failure channel_failure(unsigned number, int error) {
  switch (error) {
    case EINVAL:
      return base::Failure(
          "there is no channel {}: the driver knows no such number; dahdi-faxrx --list-channels shows those "
          "there are (a card that is missing here: is its module loaded?)",
          number);
    case ENXIO:
      return base::Failure(
          "channel {} is not configured: give it a signalling in /etc/dahdi/system.conf (dahdi_genconf "
          "writes "
          "one), then run dahdi_cfg",
          number);
    case EBUSY:
      return base::Failure(
          "channel {} is in use by another program (Asterisk, another dahdi-faxrx); take the channel out of "
          "that program's configuration, or give this one another",
          number);
    case ENODEV:
      return base::Failure("channel {} is gone: its card was removed, or its module unloaded", number);
    default:
      return base::Failure("channel {} cannot be opened: {}", number, reason(error));
  }
}

namespace {

int signalling_of(Channel& channel, unsigned number) {
  dahdi_params params{};
  if (const int result = channel.get_params(params); result != 0) throw channel_failure(number, -result);
  return params.sigtype;
}

void set_buffers(Channel& channel, unsigned number) {
  dahdi_bufferinfo buffers{};
  buffers.txbufpolicy = buffers.rxbufpolicy = DAHDI_POLICY_IMMEDIATE;
  buffers.numbufs = buffers_of_a_channel;
  buffers.bufsize = static_cast<int>(samples_per_block);
  if (const int result = channel.set_buffers(buffers); result != 0)
    throw base::Failure("channel {} refuses {} buffers of {} samples, which a fax needs: {}", number,
                        buffers.numbufs, buffers.bufsize, reason(-result));
}

}  // namespace

void prepare(Channel& channel, unsigned number) {
  check_signalling(number, signalling_of(channel, number));
  set_buffers(channel, number);
  if (const int result = channel.set_linear(1); result != 0)
    throw base::Failure("channel {} gives no linear sound ({}); is it an audio channel?", number,
                        reason(-result));
  if (const int result = channel.set_echo_canceller(0); result != 0)
    throw base::Failure(
        "the echo canceller of channel {} could not be switched off ({}), and no fax comes through one; "
        "remove "
        "echocanceller= for this channel from /etc/dahdi/system.conf, then run dahdi_cfg",
        number, reason(-result));
  check_gains(channel, number);
  if (const int result = channel.set_buffer_events(1); result != 0)
    throw base::Failure(
        "the driver cannot tell lost samples on channel {} ({}): it is older than DAHDI 2.6; use Debian's "
        "dahdi-dkms",
        number, reason(-result));
}

void prepare_b_channel(Channel& channel, unsigned number) {
  if (signalling_of(channel, number) != DAHDI_SIG_CLEAR)
    throw base::Failure(
        "channel {} is not configured as a B channel; write bchan={} into /etc/dahdi/system.conf, then run "
        "dahdi_cfg",
        number, number);
  set_buffers(channel, number);
  check_gains(channel, number);
}

}  // namespace hw::dahdi
