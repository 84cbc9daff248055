// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxmail and dahdi-faxmail-after say to each other, dahdi-faxmail-after(8): over one Unix SOCK_SEQPACKET
// connection a fax, a request and a result, a packet each. The files go along as open descriptors (SCM_RIGHTS): whoever
// runs the program needs no right to anything of dahdi-faxmail's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/base/unique_fd.hpp"

namespace faxmail {

struct AfterRequest {
  struct File {
    std::string ending;  // "pdf", "tif"
    base::UniqueFd fd;
  };
  std::string name;  // of the files, without ending: letters, digits, "+", "-", "_", "."
  std::vector<File> files;
  std::string record_json;  // as it is
};

enum class AfterOutcome {
  done,
  failed,  // the program has run, and did not do what it should
  later    // it has not run, or asks to be run again
};

struct AfterResult {
  AfterOutcome outcome = AfterOutcome::later;
  std::string words;  // for people
};

// Throws std::system_error.
void send_request(int socket, const AfterRequest& request);
void send_result(int socket, const AfterResult& result);
// nullopt: the other one is gone. Throws base::Failure for what is none, std::system_error when the socket fails.
std::optional<AfterRequest> receive_request(int socket);
std::optional<AfterResult> receive_result(int socket);

}  // namespace faxmail
