// SPDX-License-Identifier: GPL-2.0-or-later
// The calling end of the software exchange (dahdi-faxrx-exchange(5)): what dahdi-faxcall and the tests dial with.
#pragma once

#include <filesystem>
#include <string>

#include "hw/exchange/protocol.hpp"
#include "hw/line.hpp"
#include "src/base/unique_fd.hpp"

namespace hw::exchange {

struct DialRequest {
  std::string called, caller_number, caller_name;
  Law law = Law::linear;
  Conditions conditions{};
};

class ExchangeCaller {
 public:
  // Hunts through the sockets of the folder, lowest number first, and takes the first line that is not busy. Throws
  // base::Failure: nobody serves that folder; all lines busy (`busy` tells the two apart for whoever cares).
  ExchangeCaller(const std::filesystem::path& folder, const DialRequest& request);

  // Sends 20 ms and gets the 20 ms that answer it. False: the line has hung up (or is gone).
  bool exchange(const Block& said, Block& heard);
  [[nodiscard]] bool answered() const noexcept { return answered_; }
  void hang_up() noexcept;
  // The socket of the line that took the call.
  [[nodiscard]] const std::filesystem::path& line() const noexcept { return line_; }

 private:
  bool try_line(const std::filesystem::path& socket, const DialRequest& request);

  base::UniqueFd socket_;
  std::filesystem::path line_;
  Law law_;
  bool answered_ = false;
};

}  // namespace hw::exchange
