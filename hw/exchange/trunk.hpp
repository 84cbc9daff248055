// SPDX-License-Identifier: GPL-2.0-or-later
// An ISDN span of the software exchange, for tests, demonstrations and benchmarks of a whole trunk without a card: the
// D channel is the socket FOLDER/d (SOCK_SEQPACKET, a packet is a frame of Q.921 with two octets for its FCS), and
// channel N's sound is the exchange's line FOLDER/N (exchange_line.hpp): whoever has a call on that channel connects
// there, too. dahdi-faxrx-exchange(5) has it for those who write the network's side.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "hw/isdn/bearer.hpp"
#include "hw/isdn/span_place.hpp"
#include "hw/line.hpp"
#include "hw/line_options.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {

// `address` is FOLDER/N. Throws base::Failure, as the exchange's lines do.
std::unique_ptr<Line> open_trunk_line(const std::string& address, const LineOptions& options,
                                      base::UniqueFd link);
std::optional<isdn::SpanPlace> trunk_span_of(const std::string& address);

namespace exchange {

// The sound of one channel alone: for who makes a line of it with a link of his own.
std::unique_ptr<isdn::Bearer> open_trunk_sound(const std::string& address);

}  // namespace exchange
}  // namespace hw
