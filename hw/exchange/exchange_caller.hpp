// SPDX-License-Identifier: GPL-2.0-or-later
// The calling end of the software exchange (dahdi-faxrx-exchange(5)): what dahdi-faxcall and the tests dial
// with. One owner, one thread; its functions wait for the line, at most a minute a block.
#pragma once

#include <filesystem>
#include <string>

#include "hw/exchange/protocol.hpp"
#include "hw/line.hpp"
#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"

namespace hw::exchange {

struct DialRequest {
  std::string called, caller_number, caller_name;  // at most 31, 31 and 63 bytes
  Law law = Law::linear;
  Conditions conditions{};
};

// Lines are there, and all are taken: calling again later may help.
class AllLinesBusy : public base::Failure {
 public:
  using base::Failure::Failure;
};

class ExchangeCaller {
 public:
  // Hunts through the sockets of the folder, lowest number first, and takes the first line that is not busy.
  // Throws AllLinesBusy, or base::Failure: nobody serves that folder; a text is too long; the line refuses
  // what is asked for.
  ExchangeCaller(const std::filesystem::path& folder, const DialRequest& request);

  // Sends 20 ms and gets the 20 ms that answer it. False: the line has hung up (or is gone).
  bool exchange(const Block& said, Block& heard);
  [[nodiscard]] bool answered() const noexcept { return answered_; }
  void hang_up() noexcept;
  // The socket of the line that took the call.
  [[nodiscard]] const std::filesystem::path& line() const noexcept { return line_; }

 private:
  base::UniqueFd socket_;
  std::filesystem::path line_;
  Law law_;
  bool answered_ = false;
};

}  // namespace hw::exchange
