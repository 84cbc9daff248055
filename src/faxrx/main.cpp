// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxrx: receives faxes on telephone lines. See dahdi-faxrx(8).
#include <sysexits.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxrx/call_folder.hpp"
#include "src/faxrx/channel_report.hpp"
#include "src/faxrx/options.hpp"
#include "src/faxrx/settings.hpp"
#include "src/faxrx/supervisor.hpp"

namespace {

namespace fs = std::filesystem;
using faxrx::Options;

std::unique_ptr<base::ConfigFile> read_config(const Options& options, base::Mistakes& mistakes) {
  if (!options.config_named && !fs::exists(options.config)) return nullptr;
  return std::make_unique<base::ConfigFile>(options.config, mistakes);
}

faxrx::Settings read_settings(const Options& options, base::Mistakes& mistakes) {
  const std::unique_ptr<base::ConfigFile> file = read_config(options, mistakes);
  faxrx::Settings settings = faxrx::read_settings(file.get(), options.lines, mistakes);
  if (!options.spool.empty()) settings.spool = options.spool;
  if (!options.handoff.empty()) settings.handoff_socket = options.handoff;
  if (!options.control.empty()) settings.control_socket = options.control;
  settings.spool = fs::absolute(settings.spool);
  settings.control_socket = fs::absolute(settings.control_socket);
  return settings;
}

// For commands beside the service: one path is all they need to know, and a mistake elsewhere in the file is not
// their matter.
fs::path path_of(const Options& options, const std::string& by_option, const char* key,
                 const fs::path& usual) {
  if (!by_option.empty()) return by_option;
  base::Mistakes mistakes;
  const std::unique_ptr<base::ConfigFile> file = read_config(options, mistakes);
  return file ? fs::path(file->root().text(key, usual.string())) : usual;
}

int show_trace(const Options& options) {
  const fs::path spool = path_of(options, options.spool, "spool", faxrx::Settings().spool);
  faxrx::show_traces(faxrx::Spool(spool).trace, *options.trace, stdout);
  return EX_OK;
}

int run_control(const Options& options) {
  const fs::path socket =
      path_of(options, options.control, "control_socket", faxrx::Settings().control_socket);
  return faxrx::run_control(socket, *options.control_wish, stdout);
}

int check(const faxrx::Settings& settings) {
  std::printf("the configuration is good: %zu lines\n", settings.lines.size());
  return EX_OK;
}

int serve(const Options& options) {
  base::log::open("dahdi-faxrx", options.verbose);
  base::Mistakes mistakes;
  faxrx::Settings settings = read_settings(options, mistakes);
  if (!mistakes.empty()) {
    std::fprintf(stderr, "%s\n", mistakes.text().c_str());
    return EX_CONFIG;
  }
  if (options.check_only) return check(settings);
  if (!settings.user.empty() && ::geteuid() == 0) base::sandbox::become_user(settings.user);
  return faxrx::supervise(
      {std::move(settings), [&options](base::Mistakes& found) { return read_settings(options, found); }});
}

int run(int argc, char** argv) {
  const std::variant<Options, int> read = faxrx::read_options(argc, argv);
  if (const int* code = std::get_if<int>(&read)) return *code;
  const Options& options = std::get<Options>(read);
  if (options.trace) return show_trace(options);
  if (options.control_wish) return run_control(options);
  if (options.list_channels) return faxrx::show_channels(options.json, stdout);
  return serve(options);
}

}  // namespace

int main(int argc, char** argv) noexcept {
  try {
    return run(argc, argv);
  } catch (const base::Failure& failure) {
    std::fprintf(stderr, "dahdi-faxrx: %s\n", failure.what());
    return EX_UNAVAILABLE;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dahdi-faxrx: %s\n", error.what());
    return EX_OSERR;
  } catch (...) {
    return EX_SOFTWARE;
  }
}
