// SPDX-License-Identifier: GPL-2.0-or-later
// Each process of dahdi-faxrx gives up what it does not need: the very sequences that run_line, run_page and
// run_spool use, each denial tried in a process of its own, as root and as nobody.
#include "src/base/sandbox.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/faxrx/line.hpp"
#include "src/faxrx/page.hpp"
#include "src/faxrx/recording_file.hpp"
#include "src/faxrx/spool.hpp"
#include "src/faxrx/tidy.hpp"
#include "src/faxrx/trace_file.hpp"
#include "src/span/span_process.hpp"
#include "tests/unit/sanitizer_build.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace fs = std::filesystem;

namespace {

using unit::sanitizer_build;

constexpr uid_t nobody = 65534;

struct Place {
  Place() {
    for (const char* name : {"incoming", "ready", "refused", "trace", "recordings", "outside"}) {
      fs::create_directory(scratch.path / name);
      fs::permissions(scratch.path / name, fs::perms::all);
      unit::put_file(scratch.path / name / "victim", "untouched");
      fs::permissions(scratch.path / name / "victim", fs::perms(0666));
    }
    settings.spool = scratch.path;
  }
  [[nodiscard]] fs::path operator/(const char* name) const { return scratch.path / name; }
  unit::ScratchFolder scratch;
  faxrx::Settings settings;
};

// What a process tries; the error, or 0 when it succeeded.
struct Attempt {
  std::string what;
  std::function<long(const Place&)> attempt;  // < 0: failed, see errno
};

long try_open(const fs::path& file, int flags) {
  return ::open(file.c_str(), flags | O_CLOEXEC, 0600);
}

const std::vector<Attempt> nobody_may = {
    {"read a file of the system", [](const Place&) { return try_open("/etc/passwd", O_RDONLY); }},
    {"read what another process remembers",
     [](const Place&) { return try_open("/proc/self/mem", O_RDONLY); }},
    {"look into a folder", [](const Place&) { return try_open("/", O_RDONLY | O_DIRECTORY); }},
    {"open a device", [](const Place&) { return try_open("/dev/null", O_RDWR); }},
    {"create a file outside", [](const Place& p) { return try_open(p / "outside/new", O_WRONLY | O_CREAT); }},
    {"change a file outside", [](const Place& p) { return try_open(p / "outside/victim", O_WRONLY); }},
    {"cut a file outside",
     [](const Place& p) -> long { return ::truncate((p / "outside/victim").c_str(), 0); }},
    {"remove a file outside",
     [](const Place& p) -> long { return ::unlink((p / "outside/victim").c_str()); }},
    {"make a folder outside",
     [](const Place& p) -> long { return ::mkdir((p / "outside/new").c_str(), 0700); }},
    {"make a symbolic link",
     [](const Place& p) -> long { return ::symlink("/etc/passwd", (p / "ready/link").c_str()); }},
    {"make a device",
     [](const Place& p) -> long { return ::mknod((p / "ready/device").c_str(), S_IFIFO | 0600, 0); }},
    {"open a TCP socket", [](const Place&) -> long { return ::socket(AF_INET, SOCK_STREAM, 0); }},
    {"open a UDP socket", [](const Place&) -> long { return ::socket(AF_INET, SOCK_DGRAM, 0); }},
    {"open an IPv6 socket", [](const Place&) -> long { return ::socket(AF_INET6, SOCK_STREAM, 0); }},
    {"open a netlink socket", [](const Place&) -> long { return ::socket(AF_NETLINK, SOCK_RAW, 0); }},
    {"make a pair of sockets",
     [](const Place&) -> long {
       int fds[2];
       return ::socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
     }},
    {"fork",
     [](const Place&) -> long {
       const pid_t pid = ::fork();
       if (pid == 0) ::_exit(0);
       return pid;
     }},
    {"clone",
     [](const Place&) -> long {
       const long pid = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
       if (pid == 0) ::_exit(0);
       return pid;
     }},
    {"clone3", [](const Place&) -> long { return ::syscall(SYS_clone3, nullptr, 0); }},
    {"run another program",
     [](const Place&) -> long {
       char name[] = "/bin/true";
       char* args[] = {name, nullptr};
       return ::execve(name, args, nullptr);
     }},
    {"trace another process",
     [](const Place&) -> long { return ::ptrace(PTRACE_ATTACH, ::getpid(), nullptr, nullptr); }},
    {"be traced", [](const Place&) -> long { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"read another process's memory",
     [](const Place&) -> long {
       char byte;
       iovec here{&byte, 1};
       return ::process_vm_readv(::getpid(), &here, 1, &here, 1, 0);
     }},
    {"kill another process", [](const Place&) -> long { return ::kill(1, 0); }},
    {"kill its parent's group", [](const Place&) -> long { return ::kill(0, 0); }},
    {"kill another process's thread", [](const Place&) -> long { return ::syscall(SYS_tgkill, 1, 1, 0); }},
    {"mount",
     [](const Place& p) -> long { return ::mount("none", (p / "ready").c_str(), "tmpfs", 0, nullptr); }},
    {"change its root", [](const Place& p) -> long { return ::chroot((p / "ready").c_str()); }},
    {"become root", [](const Place&) -> long { return ::setuid(0); }},
    {"become somebody else", [](const Place&) -> long { return ::setresuid(1, 1, 1); }},
    {"leave its namespaces", [](const Place&) -> long { return ::syscall(SYS_unshare, 0x10000000); }},
    {"make a ring of the kernel's",
     [](const Place&) -> long { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"load a BPF program", [](const Place&) -> long { return ::syscall(SYS_bpf, 0, nullptr, 0); }},
    {"raise its own limits",
     [](const Place&) -> long {
       const rlimit limit{1, 1};
       return ::syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, nullptr);
     }},
};

const std::vector<Attempt> a_line_may_not = {
    {"open a file of the spool", [](const Place& p) { return try_open(p / "ready/victim", O_RDONLY); }},
    {"create a file in the spool",
     [](const Place& p) { return try_open(p / "incoming/new", O_WRONLY | O_CREAT); }},
    {"ask whether a file is there",
     [](const Place& p) -> long {
       struct stat status {};
       return ::stat((p / "ready/victim").c_str(), &status) == 0 ? try_open(p / "ready/victim", O_PATH) : -1;
     }},
    {"open a Unix socket", [](const Place&) -> long { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"command a device",
     [](const Place&) -> long {
       int queued;
       return ::ioctl(STDIN_FILENO, FIONREAD, &queued);
     }},
    {"double a descriptor", [](const Place&) -> long { return ::dup(STDERR_FILENO); }},
};

const std::vector<Attempt> a_page_may_not = {
    {"see what was refused", [](const Place& p) { return try_open(p / "refused/victim", O_RDONLY); }},
    {"create a file beside its folders",
     [](const Place& p) { return try_open(p / "new", O_WRONLY | O_CREAT); }},
    {"open a Unix socket", [](const Place&) -> long { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"run a program of its folder",
     [](const Place& p) -> long {
       char* args[] = {nullptr};
       return ::execve((p / "incoming/victim").c_str(), args, nullptr);
     }},
};

const std::vector<Attempt> the_spool_may_not = {
    {"see a running call", [](const Place& p) { return try_open(p / "incoming/victim", O_RDONLY); }},
    {"hear a recording", [](const Place& p) { return try_open(p / "recordings/victim", O_RDONLY); }},
    {"listen on a socket",
     [](const Place& p) -> long {
       sockaddr_un address{};
       address.sun_family = AF_UNIX;
       (p / "ready/socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
       return ::bind(::socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<const sockaddr*>(&address),
                     sizeof address);
     }},
};

const std::vector<Attempt> a_span_may_not = {
    {"open a file of the spool", [](const Place& p) { return try_open(p / "ready/victim", O_RDONLY); }},
    {"create a file in the spool",
     [](const Place& p) { return try_open(p / "incoming/new", O_WRONLY | O_CREAT); }},
    {"open a Unix socket", [](const Place&) -> long { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"double a descriptor", [](const Place&) -> long { return ::dup(STDERR_FILENO); }},
};

struct Process {
  std::string name;
  std::function<void(const Place&)> lock_down;
  const std::vector<Attempt>& may_not;
};

const std::vector<Process> processes = {
    {"line", [](const Place&) { faxrx::lock_down_line(); }, a_line_may_not},
    {"span", [](const Place&) { span::lock_down_span(); }, a_span_may_not},
    {"page", [](const Place& p) { faxrx::lock_down_page(p.settings); }, a_page_may_not},
    {"spool", [](const Place& p) { faxrx::lock_down_spool(p.settings); }, the_spool_may_not},
};

const Process& process_named(std::string_view name) {
  return *std::find_if(processes.begin(), processes.end(),
                       [&](const Process& process) { return process.name == name; });
}

std::vector<uid_t> users() {
  return ::geteuid() == 0 ? std::vector<uid_t>{0, nobody} : std::vector<uid_t>{::geteuid()};
}

void become(uid_t user) {
  if (user != ::geteuid() && (::setgid(user) != 0 || ::setuid(user) != 0))
    throw base::system_failure("cannot become nobody");
}

bool skipped() {
  if (sanitizer_build) MESSAGE("skipped: sanitizers need system calls of their own, so their list is wider");
  return sanitizer_build;
}

// In a locked-down child: 0 when all of it works.
int works_in(const Process& process, uid_t user, const Place& place, const std::function<bool()>& work) {
  return unit::in_child([&] {
    become(user);
    process.lock_down(place);
    return work() ? 0 : 1;
  });
}

bool talks_and_sleeps(int socket) {
  char byte = 'x';
  const timespec millisecond{0, 1'000'000};
  pollfd fd{socket, POLLIN, 0};
  void* memory = ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const std::vector<std::uint8_t> heap(32 << 20, 1);
  timespec now{};
  return ::send(socket, &byte, 1, MSG_NOSIGNAL) == 1 && ::poll(&fd, 1, 1000) == 1 &&
         ::recv(socket, &byte, 1, 0) == 1 &&
         ::clock_nanosleep(CLOCK_MONOTONIC, 0, &millisecond, nullptr) == 0 && memory != MAP_FAILED &&
         ::munmap(memory, 1 << 20) == 0 && heap.back() == 1 && ::clock_gettime(CLOCK_MONOTONIC, &now) == 0;
}

}  // namespace

TEST_CASE("each process is denied what it does not need, as root and as nobody") {
  if (skipped()) return;
  for (const uid_t user : users()) {
    for (const Process& process : processes) {
      std::vector<Attempt> attempts = nobody_may;
      attempts.insert(attempts.end(), process.may_not.begin(), process.may_not.end());
      const Place place;
      for (const Attempt& one : attempts) {
        const int error = unit::in_child([&] {
          become(user);
          process.lock_down(place);
          errno = 0;
          return one.attempt(place) < 0 ? errno : 0;
        });
        CHECK_MESSAGE((error == EPERM || error == EACCES),
                      process.name << " as user " << user << ": " << one.what << " gave " << error);
      }
      for (const char* folder : {"outside", "incoming", "ready", "refused"}) {
        CHECK(unit::names_in(place / folder) == std::set<std::string>{"victim"});
        CHECK(unit::text_in(place / folder / "victim") == "untouched");
      }
    }
  }
}

TEST_CASE("without the lock-down the same attempts succeed, so their failing means something") {
  if (::geteuid() != 0) return;
  const std::set<std::string> need_more = {"trace another process",
                                           "mount",
                                           "clone3",
                                           "make a ring of the kernel's",
                                           "load a BPF program",
                                           "change its root",
                                           "leave its namespaces",
                                           "make a device",
                                           "read another process's memory",
                                           "kill another process",
                                           "kill another process's thread",
                                           "run a program of its folder",
                                           "command a device"};
  for (const std::vector<Attempt>* attempts :
       {&nobody_may, &a_line_may_not, &a_page_may_not, &the_spool_may_not}) {
    for (const Attempt& one : *attempts) {
      if (need_more.count(one.what) != 0) continue;
      const Place place;
      const int error = unit::in_child([&] {
        ::setpgid(0, 0);
        return one.attempt(place) < 0 ? errno : 0;
      });
      CHECK_MESSAGE(error == 0, one.what << " gave " << error);
    }
  }
}

TEST_CASE("each process can still do its work") {
  for (const uid_t user : users()) {
    for (const Process& process : processes) {
      INFO(process.name << " as user " << user);
      int fds[2];
      REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
      const base::UniqueFd here(fds[0]);
      const base::UniqueFd there(fds[1]);
      REQUIRE(::send(here.get(), "y", 1, 0) == 1);
      const Place place;
      CHECK(works_in(process, user, place, [&] { return talks_and_sleeps(there.get()); }) == 0);
      CHECK(works_in(process, user, place, [] { return ::signal(SIGABRT, SIG_DFL), ::abort(), true; }) ==
            1000 + SIGABRT);
    }
  }
}

TEST_CASE("the page process makes folders, durable files and documents in its folders") {
  for (const uid_t user : users()) {
    const Place place;
    CHECK(works_in(process_named("page"), user, place, [&] {
            base::make_durable_folder(place / "incoming/call", 0770);
            base::DurableFile file(place / "incoming/call", "0001.tif");
            file.write("page");
            file.commit();
            base::durable_rename(place / "incoming/call/0001.tif", place / "ready/fax.tif");
            fs::remove_all(place / "incoming/call");
            return base::read_file(place / "ready/fax.tif", 10) == "page";
          }) == 0);
    CHECK(unit::names_in(place / "ready") == std::set<std::string>{"fax.tif", "victim"});
    CHECK(unit::names_in(place / "incoming") == std::set<std::string>{"victim"});
  }
}

TEST_CASE("the page process writes traces and recordings, and removes a recording that is not wanted") {
  for (const uid_t user : users()) {
    const Place place;
    CHECK(works_in(process_named("page"), user, place, [&] {
            const base::CallId id = base::CallId::random();
            faxrx::TraceFile(place / "trace", id).add({{"event", "call"}});
            for (const bool keep : {false, true}) {
              faxrx::RecordingFile recording(place / "recordings", id, 1);
              for (std::uint64_t n = 0; n < 1000; ++n)
                recording.add({n * hw::samples_per_block, {}, {}});
              recording.close(keep);
            }
            return true;
          }) == 0);
    CHECK(unit::names_in(place / "trace").size() == 2);
    CHECK(unit::names_in(place / "recordings").size() == 2);
    for (const auto& file : fs::directory_iterator(place / "recordings"))
      CHECK((file.path().extension() == ".wav") == (file.file_size() > 600'000));
  }
}

TEST_CASE("what removes old files may touch traces and recordings, and nothing that a fax is made of") {
  if (skipped()) return;
  for (const uid_t user : users()) {
    Place place;
    place.settings.traces_keep_days = 1;
    const std::string name = base::CallId::random().text() + ".jsonl";
    for (const char* folder : {"trace", "ready"}) {
      unit::put_file(place / folder / name, "{}");
      fs::last_write_time(place / folder / name, fs::file_time_type::clock::now() - std::chrono::hours(25));
    }
    CHECK(unit::in_child([&] {
            become(user);
            const int code = faxrx::run_tidy(place.settings);
            return code == 0 && try_open(place / "ready/victim", O_RDONLY) < 0 ? 0 : 1;
          }) == 0);
    CHECK(unit::names_in(place / "trace") == std::set<std::string>{"victim"});
    CHECK(unit::names_in(place / "ready") == std::set<std::string>{name, "victim"});
  }
}

TEST_CASE("the spool process watches, reads, removes, puts aside, and reaches a Unix socket") {
  for (const uid_t user : users()) {
    const Place place;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (place / "outside/socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
    const base::UniqueFd listening(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
    REQUIRE(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening.get(), 1) == 0);
    fs::permissions(place / "outside/socket", fs::perms(0666));
    unit::put_file(place / "ready/a.tif", "fax");
    CHECK(works_in(process_named("spool"), user, place, [&] {
            const base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
            const base::UniqueFd changes(::inotify_init1(IN_NONBLOCK));
            base::durable_rename(place / "ready/a.tif", place / "refused/a.tif");
            base::durable_remove(place / "ready/victim");
            return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                       0 &&
                   ::inotify_add_watch(changes.get(), (place / "ready").c_str(), IN_MOVED_TO) >= 0;
          }) == 0);
    CHECK(unit::text_in(place / "refused/a.tif") == "fax");
    CHECK(unit::names_in(place / "ready").empty());
  }
}

TEST_CASE("no process keeps a descriptor that is not its own") {
  CHECK(unit::in_child([] {
          for (int fd = 10; fd < 30; ++fd)
            ::dup2(STDERR_FILENO, fd);
          base::sandbox::close_other_fds({25, -1, 12, 25, STDERR_FILENO});
          int open = 0;
          for (int fd = STDERR_FILENO + 1; fd < 1024; ++fd)
            open += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
          const bool kept = ::fcntl(12, F_GETFD) >= 0 && ::fcntl(25, F_GETFD) >= 0;
          return kept && open == 2 ? 0 : 1;
        }) == 0);
}

TEST_CASE("limits hold for ever, and one above what is allowed is brought down to it") {
  CHECK(unit::in_child([] {
          base::sandbox::limit_resources({{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 64}});
          base::sandbox::limit_resources({{RLIMIT_NOFILE, 100'000}});
          rlimit files{};
          rlimit core{1, 1};
          ::getrlimit(RLIMIT_NOFILE, &files);
          ::getrlimit(RLIMIT_CORE, &core);
          return files.rlim_cur == 64 && files.rlim_max == 64 && core.rlim_max == 0 ? 0 : 1;
        }) == 0);
}

TEST_CASE("a user that nobody has is named") {
  CHECK_THROWS_WITH_AS(base::sandbox::become_user("no-such-user"),
                       "there is no user \"no-such-user\" on this system", base::Failure);
}

TEST_CASE("root becomes another user with nothing left of root") {
  if (::geteuid() != 0) return;
  CHECK(unit::in_child([] {
          base::sandbox::become_user("nobody");
          uid_t real = 0, effective = 0, saved = 0;
          ::getresuid(&real, &effective, &saved);
          return real == nobody && effective == nobody && saved == nobody && ::getgid() == nobody &&
                         ::setuid(0) != 0
                     ? 0
                     : 1;
        }) == 0);
}
