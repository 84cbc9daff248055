// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/giver.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <ctime>

#include "src/base/errors.hpp"
#include "src/handoff/fax_record.hpp"
#include "src/handoff/frame.hpp"
#include "tests/torture/numbered_page.hpp"

namespace torture {
namespace fs = std::filesystem;
namespace {

constexpr timeval longest_wait{30, 0};  // a taker that is stopped must not hold a test for ever

handoff::FaxRecord record_of(const GivenFax& fax) {
  handoff::FaxRecord record;
  record.id = fax.id;
  record.line = "1";
  record.channel = 1;
  record.called = "0301234569";
  record.caller_number = std::to_string(fax.number);
  record.started_unix_s = std::time(nullptr);
  record.duration_s = 40;
  record.modem = "V.17";
  record.rate_bps = 14400;
  record.coding = "MMR";
  record.outcome = "completed";
  record.sentence = "the caller sent everything and was told so";
  record.complete = true;
  for (unsigned page = 1; page <= fax.pages; ++page)
    record.pages.push_back({page, matrix::fax_width_pels, 150, 204, 98, 0, 0, true, "good", false});
  return record;
}

handoff::Frame offer_of(const GivenFax& fax) {
  handoff::Frame offer;
  offer.type = handoff::FrameType::offer;
  offer.id = fax.id;
  offer.text = handoff::to_json(record_of(fax));
  offer.document = base::UniqueFd(::open(fax.tiff.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!offer.document || ::fstat(offer.document.get(), &status) != 0)
    throw base::system_failure("cannot open " + fax.tiff.string());
  offer.document_bytes = static_cast<std::uint64_t>(status.st_size);
  offer.sha256 = handoff::sha256_of(offer.document.get());
  return offer;
}

}  // namespace

GivenFax make_given_fax(const fs::path& folder, std::uint32_t number) {
  GivenFax fax{base::CallId::random(), number, folder / fmt::format("{}.tif", number)};
  matrix::write_fax(fax.tiff, {numbered_page({number, 1}, false)});
  return fax;
}

bool Giver::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
  socket_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket_) throw base::system_failure("cannot make a socket");
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &longest_wait, sizeof longest_wait);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  socket_.reset();
  return false;
}

HandOver Giver::offer(const GivenFax& fax) {
  if (!socket_ && !connect()) return HandOver::unknown;
  try {
    handoff::send_frame(socket_.get(), offer_of(fax));
    const auto answer = handoff::receive_frame(socket_.get());
    if (answer && answer->id == fax.id) {
      last_words_ = answer->text;
      return answer->type == handoff::FrameType::ack ? HandOver::taken : HandOver::refused;
    }
  } catch (const std::system_error&) {  // it was killed, before or after the fax was on its disk
  }
  socket_.reset();
  return HandOver::unknown;
}

}  // namespace torture
