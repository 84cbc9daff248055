// SPDX-License-Identifier: GPL-2.0-or-later
// What a child does to take an offered fax over. The document's file is a stranger's: it may be as large as 1 GB, on a
// disk that is slow, on a server that hangs, or in a file system that its owner runs. So it is received, looked at, read
// and closed in this child alone, which may be killed at any time, and which may write its job's folder and nothing else.
// Called by the Intake's children; the parts also by tests.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "src/base/call_id.hpp"

namespace faxmail {

// How such a child ends, but for 1, which is Workers' own and says that the frame may still be at the socket.
enum class CopyEnd : int { good = 0, later = 3, never = 4 };

// Receives the OFFER that waits at `socket`, and fills `folder` with what an accepted job has: the document, the record,
// the state; each of them durable. Returns a CopyEnd; why it is not good is written to `output`.
int copy_offer_in_child(int socket, const std::filesystem::path& folder, const std::string& record_json,
                        int output);

// What it begins with, and what it then does; for the tests that prove it.
void give_up_all_but_copying(const std::filesystem::path& folder, int socket, int output);
int copy_offer(int socket, const std::filesystem::path& folder, const std::string& record_json, int output);

// Throws base::Failure for what is no regular file of so many bytes, open for reading alone, on a file system of the
// kernel's own.
void check_document(int document, std::uint64_t said_bytes);
// Copies so many bytes to folder/fax.tif, durably; the checksum is taken of the copy. Throws base::Failure when it is
// another, or the document has become shorter.
void copy_document(int document, std::uint64_t bytes, const std::array<std::uint8_t, 32>& sha256,
                   const std::filesystem::path& folder);

}  // namespace faxmail
