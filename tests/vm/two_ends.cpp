// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/two_ends.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "hw/dahdi/opening.hpp"
#include "src/modem/g711.hpp"

namespace vm {
namespace {

constexpr std::int64_t block_ns = 20'000'000;
constexpr unsigned channels_of_a_span = 4;
constexpr int blocks_said_ahead = 5;
// The driver's table of linear samples makes this one, the loudest below zero, two steps softer.
constexpr std::uint8_t driver_changes = 0;

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

std::filesystem::path new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "vm.XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

}  // namespace

void read_files_from_host(const std::string& files) {
  static std::set<std::string> read;
  if (!read.insert(files).second) return;
  const std::string command = fmt::format(
      R"(cd {0} && cat {1} $(ldd {1} | sed -n 's/.*=> \(.*\) (.*/\1/p' | sort -u) /etc/localtime >/dev/null)",
      BUILD_FOLDER, files);
  REQUIRE(std::system(command.c_str()) == 0);
}

CentralOffice::CentralOffice(const std::string& channels, const Words& options) : folder_(new_folder()) {
  read_files_from_host(
      "tests/vm/central_office tests/vm/vm_stories src/faxcall/dahdi-faxcall src/faxrx/dahdi-faxrx");
  const std::string program = BUILD_FOLDER "/tests/vm/central_office";
  Words command = {program, "--folder", lines(), "--channels", channels};
  command.insert(command.end(), options.begin(), options.end());
  program_ = scenario::Process(command, folder_ / "central_office");
  REQUIRE_MESSAGE(log_says("ready"), log());
}

CentralOffice::~CentralOffice() {
  program_.signal(SIGTERM);
  program_.wait();
  std::filesystem::remove_all(folder_);
}

bool CentralOffice::log_says(const std::string& words) {
  return scenario::eventually([&] { return log().find(words) != std::string::npos; });
}

RealTime::RealTime() : began_ns_(now_ns()) {}

void RealTime::wait_for_next_block() {
  const std::int64_t due_ns = began_ns_ + ++blocks_ * block_ns;
  const timespec due{due_ns / 1'000'000'000, due_ns % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) == EINTR) {
  }
}

OurEnd::OurEnd(unsigned number) : channel_(hw::dahdi::open_channel(number)) {
  hw::dahdi::prepare(*channel_, number);
  std::this_thread::sleep_for(deaf_to_rings);
}

void OurEnd::work() {
  hw::Block block{};
  for (;;) {
    int event = DAHDI_EVENT_NONE;
    while (channel_->get_event(event) == 0 && event != DAHDI_EVENT_NONE)
      events_.push_back(event);
    if (channel_->read(block) != static_cast<int>(sizeof block)) return;
    heard_.insert(heard_.end(), block.begin(), block.end());
    if (off_hook_) channel_->write(take_block(to_say_));
  }
}

void OurEnd::off_hook() {
  channel_->flush(DAHDI_FLUSH_BOTH);
  REQUIRE(channel_->set_hook(DAHDI_OFFHOOK) == 0);
  for (int i = 0; i < blocks_said_ahead; ++i)
    channel_->write({});
  off_hook_ = true;
}

void OurEnd::on_hook() {
  REQUIRE(channel_->set_hook(DAHDI_ONHOOK) == 0);
  off_hook_ = false;
}

long OurEnd::count(int event) const {
  return std::count(events_.begin(), events_.end(), event);
}

namespace {

unsigned first_channel(unsigned span) {
  return (span - 1) * channels_of_a_span + 1;
}

// The driver's own way to assign a device's only span to channels (dahdi_span_assignments(8)).
void tell_device_of(unsigned span, const char* attribute, const std::string& words) {
  std::ofstream file(fmt::format("/sys/bus/dahdi_devices/devices/dynamic:loc:{}/{}", span - 1, attribute));
  REQUIRE((file << words << std::flush));
}

}  // namespace

void take_span_away(unsigned span) {
  tell_device_of(span, "unassign_span", "1");
}

void give_span_back_unconfigured(unsigned span) {
  tell_device_of(span, "assign_span", fmt::format("1:{}:{}", span, first_channel(span)));
}

void configure_span(unsigned span) {
  const std::string configure = fmt::format("dahdi_cfg -S {} -C {}-{}", span, first_channel(span),
                                            first_channel(span) + channels_of_a_span - 1);
  REQUIRE(std::system(configure.c_str()) == 0);
}

void give_span_back(unsigned span) {
  give_span_back_unconfigured(span);
  configure_span(span);
}

hw::Block take_block(Samples& sound) {
  hw::Block block{};
  const auto end = sound.begin() + static_cast<std::ptrdiff_t>(std::min(sound.size(), block.size()));
  std::copy(sound.begin(), end, block.begin());
  sound.erase(sound.begin(), end);
  return block;
}

Samples ulaw_noise(std::size_t blocks, std::uint32_t seed) {
  std::minstd_rand random(seed);
  Samples noise(blocks * hw::samples_per_block);
  std::generate(noise.begin(), noise.end(), [&random] {
    const auto octet = static_cast<std::uint8_t>(random() >> 8);
    return modem::sample_of_ulaw(octet == driver_changes ? octet + 1 : octet);
  });
  return noise;
}

bool contains(const Samples& sound, const Samples& part) {
  return std::search(sound.begin(), sound.end(), part.begin(), part.end()) != sound.end();
}

}  // namespace vm
