// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail-paper as the queue starts it: a program of its own, which knows nothing but its work.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "src/faxmail/paper_program.hpp"
#include "tests/unit/queue_parts.hpp"
#include "tests/unit/sanitizer_build.hpp"

namespace {

using faxmail::PdfRequest;
using faxmail::WorkerEnd;
using faxmail::Workers;
using queue_parts::ScratchFolder;

using namespace std::chrono_literals;

using unit::sanitizer_build;

// All that a process could read and write of its own. As far as it can be read: the kernel keeps some pages to itself.
std::string memory_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const base::UniqueFd memory(::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::ifstream maps(folder + "/maps");
  std::string all;
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t from = 0, to = 0;
    char dash = 0;
    std::string rights;
    std::istringstream(line) >> std::hex >> from >> dash >> to >> rights;
    if (!rights.starts_with("rw")) continue;
    std::string part(to - from, '\0');
    const ssize_t got = ::pread(memory.get(), part.data(), part.size(), static_cast<off_t>(from));
    all.append(part, 0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  return all;
}

struct Paper {
  Workers::Work work(const std::string& program = TEST_PAPER_PROGRAM) {
    return [request = request, program](int output) -> int {
      faxmail::become_paper_program(program, request, output);
    };
  }
  WorkerEnd run(const Workers::Work& work) {
    std::optional<WorkerEnd> end;
    workers.start(work, 60, [&](const WorkerEnd& one) {
      end = one;
      loop.stop(0);
    });
    loop.run();
    return end.value();
  }

  ScratchFolder folder;
  base::EventLoop loop;
  Workers workers{loop};
  PdfRequest request{
      folder / "fax.tif", folder / "fax.pdf", {}, {}, false, mail_parts::sample_record(), true, {}};
};

}  // namespace

TEST_CASE("it reads what strangers sent, and the mail server's password is nowhere in its memory" *
          doctest::skip(sanitizer_build)) {
  Paper paper;
  // As its parent has it in its settings, in the heap; not a constant of this program's file.
  const std::string password = "s3cret " + base::CallId::random().text();
  const std::string id = paper.request.fax.id.text();
  REQUIRE(::mkfifo(paper.request.tiff.c_str(), 0600) == 0);  // its reader waits for a writer
  const pid_t pid = paper.workers.start(paper.work(), 60, [](const WorkerEnd&) {});
  std::string memory;
  for (int i = 0; i < 500 && memory.find(id) == std::string::npos; ++i) {
    std::this_thread::sleep_for(20ms);
    const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe");
    if (program.filename() == "dahdi-faxmail-paper") memory = memory_of(pid);
  }
  CHECK(memory.find(id) != std::string::npos);  // this is how a text is found
  CHECK(memory_of(::getpid()).find(password) != std::string::npos);
  CHECK(memory.find(password) == std::string::npos);
  paper.workers.cancel(pid);
}

TEST_CASE("it makes the PDF, and says in a sentence what hindered it") {
  Paper paper;
  mail_parts::write_tiff(paper.request.tiff);
  const WorkerEnd good = paper.run(paper.work());
  CHECK(good.good());
  CHECK(good.output.empty());
  CHECK(mail_parts::contents(paper.request.pdf).starts_with("%PDF-1.7"));
  unit::put_file(paper.request.tiff, "this is no TIFF");
  const WorkerEnd bad = paper.run(paper.work());
  CHECK_FALSE(bad.good());
  CHECK(bad.output.find(paper.request.tiff.string()) != std::string::npos);
}

TEST_CASE("it is not where it should be: the fax goes as a TIFF, and the mail says why") {
  const ScratchFolder folder;
  queue_parts::SmtpServer server{folder / "smtp"};
  queue_parts::Office office{folder, server.smtp()};
  office.settings().paper_program = folder / "gone";
  office.settings().routes = {queue_parts::route_to({"a@example.org"})};
  office.start();
  office.take();
  REQUIRE(office.run_until([&] { return server.mails() == 1 && office.queue().size() == 0; }));
  CHECK(server.mail(1).find("no PDF could be made of it: cannot start") != std::string::npos);
}

TEST_CASE("what is no work is refused: nothing, other JSON, a fax with a wrong field") {
  for (const std::string text : {"", "{}", "[]", "\"\"", "{\"tiff\": 7}", "{\"tiff\":\"a\"", "\xff\xfe"})
    CHECK_THROWS_AS_MESSAGE(static_cast<void>(faxmail::paper_work_from(text)), base::Failure, text);
}

TEST_CASE("work is the same when it arrives: a PDF, and a fax that is split") {
  const Paper paper;
  const auto pdf = faxmail::paper_work_from(faxmail::to_json(paper.request));
  CHECK(faxmail::to_json(pdf) == faxmail::to_json(paper.request));
  CHECK(std::get<PdfRequest>(pdf).fax.id == paper.request.fax.id);
  const faxmail::SplitRequest split{paper.request, 123'456, 3};
  const auto parts = std::get<faxmail::SplitRequest>(faxmail::paper_work_from(faxmail::to_json(split)));
  CHECK(parts.largest_pdf_bytes == 123'456);
  CHECK(parts.least_parts == 3);
  CHECK(parts.whole.pdf == paper.request.pdf);
}
