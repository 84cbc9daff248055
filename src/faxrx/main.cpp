// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxrx: receives faxes on telephone lines. See dahdi-faxrx(8).
#include <sysexits.h>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxrx/settings.hpp"
#include "src/faxrx/supervisor.hpp"

namespace {

constexpr const char* default_config = "/etc/dahdi-faxrx/dahdi-faxrx.conf";

struct Options {
  std::vector<std::string> lines;
  std::string config = default_config, spool, handoff;
  bool config_named = false, check_only = false, verbose = false;
};

std::string kinds_of_line() {
  std::string text = "Lines are named so:";
  for (const hw::LineKind& kind : hw::line_kinds())
    text += "\n  " + kind.described;
  return text +
         "\n\nFaxes wait in the spool until dahdi-faxmail has taken them. See dahdi-faxrx(8), "
         "dahdi-faxrx.conf(5).";
}

// An exit code when the program is to end here (help, version, a wrong option).
std::optional<int> parse(int argc, char** argv, Options& options) {
  CLI::App app("dahdi-faxrx receives faxes on telephone lines and hands them to dahdi-faxmail.",
               "dahdi-faxrx");
  app.add_option("-c,--channels", options.lines, "lines to serve, as in -c 1-4,7; may be repeated")
      ->type_name("LINES");
  const auto* config =
      app.add_option("-C,--config", options.config, "configuration file")->capture_default_str();
  app.add_option("--spool", options.spool, "folder for faxes, instead of the file's \"spool\"")
      ->type_name("FOLDER");
  app.add_option("--handoff", options.handoff,
                 "dahdi-faxmail's socket, instead of the file's \"handoff_socket\"")
      ->type_name("SOCKET");
  app.add_flag("-n,--check", options.check_only, "check the configuration, say all mistakes, and end");
  app.add_flag("-v,--verbose", options.verbose, "log more, with every T.30 frame");
  app.set_version_flag("-V,--version", "dahdi-faxrx " PROJECT_VERSION);
  app.footer(kinds_of_line());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  options.config_named = config->count() > 0;
  return std::nullopt;
}

faxrx::Settings read_settings(const Options& options, base::Mistakes& mistakes) {
  std::optional<base::ConfigFile> file;
  if (options.config_named || std::filesystem::exists(options.config)) file.emplace(options.config, mistakes);
  faxrx::Settings settings = faxrx::read_settings(file ? &*file : nullptr, options.lines, mistakes);
  if (!options.spool.empty()) settings.spool = options.spool;
  if (!options.handoff.empty()) settings.handoff_socket = options.handoff;
  settings.spool = std::filesystem::absolute(settings.spool);
  return settings;
}

int run(int argc, char** argv) {
  Options options;
  if (const std::optional<int> code = parse(argc, argv, options)) return *code;
  base::log::open("dahdi-faxrx", options.verbose);
  base::Mistakes mistakes;
  const faxrx::Settings settings = read_settings(options, mistakes);
  if (!mistakes.empty()) {
    std::fprintf(stderr, "%s\n", mistakes.text().c_str());
    return EX_CONFIG;
  }
  if (options.check_only) {
    std::printf("the configuration is good: %zu lines\n", settings.lines.size());
    return EX_OK;
  }
  if (!settings.user.empty() && ::geteuid() == 0) base::sandbox::become_user(settings.user);
  return faxrx::supervise(settings);
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
