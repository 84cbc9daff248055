// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a trace of strace(1) of dahdi-faxmail and says where it told somebody, or built upon, what was not yet on the
// disk. It knows no file of the queue by name, only what holds of all of them:
//
//   a file gets its real name by rename, and its octets are on the disk (fsync) before that;
//   when a file or a folder gets or loses its real name, when an ACK is sent, and when a child is started that acts upon the
//   state, nothing else is under way: no octet of a file with a real name and no change of a folder that a fsync has not followed.
//
// A name that begins with "." or ends with ".part" is none that a start would trust, nor is one in such a folder. A pure
// function.
#pragma once

#include <string>
#include <vector>

namespace torture {

struct MailOrder {
  unsigned acks = 0, commits = 0, children = 0;  // commits: real names given and taken
  std::vector<std::string> faults;               // a sentence each
};

// `trace`: of strace -f -y -s 40, a process id before each line. `spool`: the folder that it is about.
MailOrder mail_order(const std::string& trace, const std::string& spool);

}  // namespace torture
