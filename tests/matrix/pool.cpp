// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/matrix/pool.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <memory>
#include <system_error>

namespace matrix {
namespace {

enum class State : std::uint8_t { waits, runs, done };
struct Job {
  std::atomic<State> state;
  std::array<char, 120> text;
};
struct Board {  // in memory that all the processes share
  std::atomic<unsigned> next;
  std::array<Job, 1> jobs;  // in truth as many as there are
};

struct Unmap {
  std::size_t size;
  void operator()(Board* board) const noexcept { ::munmap(board, size); }
};
using SharedBoard = std::unique_ptr<Board, Unmap>;

SharedBoard new_board(unsigned count) {
  const std::size_t size = sizeof(Board) + count * sizeof(Job);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  return {static_cast<Board*>(memory), Unmap{size}};  // zeros are: job 0 is next, all wait
}

void do_jobs(Board& board, unsigned count, const std::function<std::string(unsigned)>& work) {
  for (unsigned n = board.next.fetch_add(1); n < count; n = board.next.fetch_add(1)) {
    Job& job = board.jobs.data()[n];
    job.state = State::runs;
    std::string text;
    try {
      text = work(n);
    } catch (const std::exception& error) {
      text = error.what();
    }
    std::strncpy(job.text.data(), text.c_str(), job.text.size() - 1);
    job.state = State::done;
  }
}

void start_worker(Board& board, unsigned count, const std::function<std::string(unsigned)>& work) {
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  do_jobs(board, count, work);
  ::_exit(0);
}

}  // namespace

std::vector<std::string> run_jobs(unsigned count, unsigned processes,
                                  const std::function<std::string(unsigned)>& work) {
  const SharedBoard board = new_board(count);
  for (unsigned i = 0; i < processes; ++i)
    start_worker(*board, count, work);
  int status = 0;
  while (::wait(&status) > 0)
    if (WIFSIGNALED(status)) start_worker(*board, count, work);
  std::vector<std::string> texts;
  for (unsigned n = 0; n < count; ++n) {
    const Job& job = board->jobs.data()[n];
    texts.emplace_back(job.state == State::done ? job.text.data() : "its process was killed");
  }
  return texts;
}

}  // namespace matrix
