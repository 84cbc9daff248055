// SPDX-License-Identifier: GPL-2.0-or-later
// The hand-off as a giver that keeps to nothing may do it: packets of any octets, with any files, one after the other into
// the real intake, with a real spool, and once more into what its child does, in this process, where the fuzzer sees it.
// What it takes it has whole: the job can be loaded, its record read.
//
// An input is packets: an octet of what comes along (low four bits: which file; 16: checksum and sizes are put right), two
// of the length, then the octets.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "src/base/durable_file.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/intake.hpp"
#include "src/faxmail/job.hpp"
#include "src/faxmail/offered_document.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;
using base::UniqueFd;

struct Taker {
  fs::path folder = new_folder();
  faxmail::Spool spool{folder / "spool"};
  UniqueFd output{::memfd_create("output", MFD_CLOEXEC)};
  std::vector<base::CallId> accepted;
  base::EventLoop loop;
  faxmail::Intake intake{loop, spool, [this](const base::CallId& id) { accepted.push_back(id); },
                         [](const base::CallId&, const handoff::Report&) {}};

  static fs::path new_folder() {
    // In memory: a fuzzer must not wait for a disk.
    std::string name =
        (fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) / "fuzz-frames.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }
  ~Taker() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
};

UniqueFd memory_file(std::string_view octets, int flags) {
  const UniqueFd file(::memfd_create("fuzz", MFD_CLOEXEC));
  base::write_all(file.get(), octets, "fuzz");
  return UniqueFd(::open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), flags | O_CLOEXEC));
}

std::vector<UniqueFd> files_for(unsigned kind) {
  std::vector<UniqueFd> files;
  const auto add = [&files](UniqueFd file) { files.push_back(std::move(file)); };
  switch (kind) {
    case 0:
      break;
    case 1:
      add(memory_file("II*", O_RDWR));
      break;
    case 2:
      add(memory_file("", O_RDONLY));
      break;
    case 3:
      add(UniqueFd(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
      break;
    case 4:
      add(UniqueFd(::open("/dev/zero", O_RDONLY | O_CLOEXEC)));
      break;
    case 5:
      add(UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
      break;
    case 6:
      add(UniqueFd(::open("/", O_PATH | O_CLOEXEC)));
      break;
    case 7:
      for (int i = 0; i < 7; ++i)
        add(memory_file("II*", O_RDONLY));
      break;
    default:
      add(memory_file("II*, a document of some length", O_RDONLY));
  }
  return files;
}

void put_right(std::vector<std::uint8_t>& packet, const std::vector<UniqueFd>& files) {
  handoff::FrameHeader header{};
  if (packet.size() < sizeof header || files.empty()) return;
  std::memcpy(&header, packet.data(), sizeof header);
  try {
    header.document_bytes = fs::file_size("/proc/self/fd/" + std::to_string(files[0].get()));
    header.sha256 = handoff::sha256_of(files[0].get());
  } catch (const std::exception&) {
    return;  // no file that has either
  }
  header.text_bytes = static_cast<std::uint32_t>(packet.size() - sizeof header);
  std::memcpy(packet.data(), &header, sizeof header);
}

void send(int socket, const std::vector<std::uint8_t>& packet, const std::vector<UniqueFd>& files) {
  iovec part{const_cast<std::uint8_t*>(packet.data()), packet.size()};
  alignas(cmsghdr) char space[CMSG_SPACE(8 * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!files.empty()) {
    message.msg_control = space;
    message.msg_controllen = CMSG_SPACE(files.size() * sizeof(int));
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
    for (std::size_t i = 0; i < files.size(); ++i) {
      const int fd = files[i].get();
      std::memcpy(CMSG_DATA(control) + i * sizeof fd, &fd, sizeof fd);
    }
  }
  static_cast<void>(::sendmsg(socket, &message, MSG_NOSIGNAL));
}

void check_jobs(Taker& taker) {
  for (const base::CallId& id : taker.accepted)
    if (taker.spool.has_job(id)) {
      const faxmail::Job job = faxmail::load_job(taker.spool.job_folder(id), id);
      if (faxmail::record_of(job).id != id || fs::file_size(job.folder / faxmail::tiff_file) == 0)
        std::abort();
      taker.spool.remove_job(id);
    }
  taker.accepted.clear();
  if (!fs::is_empty(taker.spool.queue())) std::abort();  // what was refused has left nothing
}

struct Connection {
  Connection() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    giver.reset(ends[0]);
    served.reset(ends[1]);
  }
  UniqueFd giver, served;
};

void offer(Taker& taker, const Connection& connection) {
  bool answered = false, waits = false;
  taker.intake.serve(connection.served.get(), [&](bool) {
    answered = true;
    if (waits) taker.loop.stop(0);  // a stop before the loop runs would be for the next one
  });
  waits = true;
  if (!answered) taker.loop.run();
  try {
    static_cast<void>(handoff::receive_frame(connection.giver.get()));
  } catch (const std::system_error&) {  // nothing was sent: a packet that this socket does not take
  }
}

void copy_here(const Taker& taker, const std::vector<std::uint8_t>& packet,
               const std::vector<UniqueFd>& files) {
  const Connection connection;
  send(connection.giver.get(), packet, files);
  const fs::path folder = taker.folder / "job";
  fs::create_directory(folder);
  const int end = faxmail::copy_offer(connection.served.get(), folder, "{}", taker.output.get());
  if (end == 0 && fs::file_size(folder / faxmail::tiff_file) == 0) std::abort();
  if (end != 0 && fs::exists(folder / faxmail::tiff_file)) std::abort();
  if (::ftruncate(taker.output.get(), 0) != 0) std::abort();
  fs::remove_all(folder);
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  static Taker taker;
  const Connection connection;
  while (bytes.size() > 3) {
    const unsigned what = bytes[0];
    const std::size_t length = std::min<std::size_t>(bytes[1] | bytes[2] << 8, bytes.size() - 3);
    std::vector<std::uint8_t> packet(bytes.begin() + 3,
                                     bytes.begin() + 3 + static_cast<std::ptrdiff_t>(length));
    bytes = bytes.subspan(3 + length);
    const std::vector<UniqueFd> files = files_for(what & 15U);
    if ((what & 16U) != 0) put_right(packet, files);
    send(connection.giver.get(), packet, files);
    offer(taker, connection);
    copy_here(taker, packet, files);
  }
  check_jobs(taker);
}
