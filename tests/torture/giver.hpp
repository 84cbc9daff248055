// SPDX-License-Identifier: GPL-2.0-or-later
// Hands faxes over to a dahdi-faxmail as dahdi-faxrx's spool process does: the real frames over the real socket. Each
// fax has a number of its own: its page shows it (numbered_page.hpp), and its caller is called so. Used by the tests of
// the mail side; an object by one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "src/base/call_id.hpp"
#include "src/base/unique_fd.hpp"

namespace torture {

struct GivenFax {
  base::CallId id;
  std::uint32_t number = 0;
  std::filesystem::path tiff;
  unsigned pages = 1;
};

// One page, written to FOLDER/NUMBER.tif.
GivenFax make_given_fax(const std::filesystem::path& folder, std::uint32_t number);

enum class HandOver {
  taken,    // an ACK
  refused,  // a NAK
  unknown,  // the connection broke, or there was none: offer it again
};

class Giver {
 public:
  explicit Giver(std::filesystem::path socket) : path_(std::move(socket)) {}
  HandOver offer(const GivenFax& fax);
  [[nodiscard]] const std::string& last_words() const noexcept { return last_words_; }  // of a NAK

 private:
  bool connect();

  std::filesystem::path path_;
  base::UniqueFd socket_;
  std::string last_words_;
};

}  // namespace torture
