// SPDX-License-Identifier: GPL-2.0-or-later
// A disk with a cache of its own that forgets, for a virtual machine: an NBD server on a Unix socket, to which QEMU is
// connected. What the guest has written but not flushed is kept apart. A power cut ends the connection, and of what was
// not flushed each sector is then on the disk or is not, by the toss of a coin.
//
// A sector has 4096 octets, as on the disks of today. Of less, ext4 itself makes no promise: half a commit block in its
// journal is to it not a transaction that never ended but a journal that is corrupt, and it refuses to mount.
//
// Why this, and not an image file: what QEMU has written to a file is in the host's page cache, which outlives QEMU. A
// guest that never flushes would lose nothing but what it had not even written, and the test would prove little. Here a
// write that no flush has followed is as uncertain as on the disks that are sold, and what the guest kept to itself is gone
// with QEMU anyway. Flushes come through because the drive is of cache=writeback: the guest then sees a disk with a
// volatile cache, so ext4 asks for a flush at each commit of its journal, and QEMU hands each on (NBD_CMD_FLUSH).
//
// One thread of its own; the functions may be called by another.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "src/base/unique_fd.hpp"

namespace vm {

class VolatileDisk {
 public:
  // `image`: what is on it at first. Listens on `socket`. Throws std::system_error.
  VolatileDisk(const std::filesystem::path& image, std::filesystem::path socket, std::uint32_t seed);
  ~VolatileDisk();
  VolatileDisk(const VolatileDisk&) = delete;
  VolatileDisk& operator=(const VolatileDisk&) = delete;

  // Writes and flushes since the disk was made.
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }
  // From this request on it does nothing and answers nothing: the moment of the cut, to be followed by power_cut().
  void stop_at(std::uint64_t request) { stop_at_ = request; }
  [[nodiscard]] bool stopped() const noexcept { return requests_ >= stop_at_; }
  struct Loss {
    std::size_t kept, lost;  // sectors that were written but not flushed
  };
  // When QEMU is dead. The disk can then be connected to again.
  Loss power_cut();

 private:
  struct Write {
    std::uint64_t offset;
    std::vector<std::uint8_t> bytes;
  };
  void serve();
  void serve_client(int client);
  bool shake_hands(int client) const;
  bool answer(int client);
  void read_for(std::uint64_t offset, std::vector<std::uint8_t>& bytes) const;
  void flush();

  std::vector<std::uint8_t> durable_;
  std::vector<Write> volatile_;
  std::mutex mutex_;
  std::minstd_rand coin_;
  std::atomic<std::uint64_t> requests_{0}, stop_at_{UINT64_MAX};
  std::atomic<bool> ending_{false};
  std::filesystem::path socket_path_;
  base::UniqueFd socket_;
  std::thread thread_;
};

}  // namespace vm
