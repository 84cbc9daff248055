// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxrx: receives faxes on telephone lines. See dahdi-faxrx(8).
#include <sysexits.h>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxrx/call_folder.hpp"
#include "src/faxrx/settings.hpp"
#include "src/faxrx/supervisor.hpp"
#include "src/faxrx/trace_report.hpp"

namespace {

constexpr const char* default_config = "/etc/dahdi-faxrx/dahdi-faxrx.conf";

struct Options {
  std::vector<std::string> lines;
  std::string config = default_config, spool, handoff;
  bool config_named = false, check_only = false, verbose = false;
  std::optional<faxrx::TraceWish> trace;  // "dahdi-faxrx trace": show that and end
};

std::string kinds_of_line() {
  std::string text = "Lines are named so:";
  for (const hw::LineKind& kind : hw::line_kinds())
    text += "\n  " + kind.described;
  return text +
         "\n\nFaxes wait in the spool until dahdi-faxmail has taken them. See dahdi-faxrx(8), "
         "dahdi-faxrx.conf(5).";
}

CLI::App* add_trace(CLI::App& app, faxrx::TraceWish& wish) {
  CLI::App* trace = app.add_subcommand("trace", "show what happened in a call; without ID, the newest calls");
  trace->add_option("ID", wish.id, "the call's id, or how it begins");
  trace->add_flag("--json", wish.json, "for programs: a JSON object a line");
  trace->footer("");
  trace->fallthrough();  // --spool and -C may stand behind it
  return trace;
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
  faxrx::TraceWish wish;
  const CLI::App* trace = add_trace(app, wish);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  options.config_named = config->count() > 0;
  if (trace->parsed()) options.trace = wish;
  return std::nullopt;
}

std::unique_ptr<base::ConfigFile> read_config(const Options& options, base::Mistakes& mistakes) {
  if (!options.config_named && !std::filesystem::exists(options.config)) return nullptr;
  return std::make_unique<base::ConfigFile>(options.config, mistakes);
}

faxrx::Settings read_settings(const Options& options, base::Mistakes& mistakes) {
  const std::unique_ptr<base::ConfigFile> file = read_config(options, mistakes);
  faxrx::Settings settings = faxrx::read_settings(file.get(), options.lines, mistakes);
  if (!options.spool.empty()) settings.spool = options.spool;
  if (!options.handoff.empty()) settings.handoff_socket = options.handoff;
  settings.spool = std::filesystem::absolute(settings.spool);
  return settings;
}

// The spool is all it needs to know: a mistake elsewhere in the file is not its matter.
int show_trace(const Options& options) {
  std::filesystem::path spool = options.spool;
  if (spool.empty()) {
    base::Mistakes mistakes;
    const std::unique_ptr<base::ConfigFile> file = read_config(options, mistakes);
    spool = faxrx::Settings().spool;
    if (file) spool = file->root().text("spool", spool.string());
  }
  faxrx::show_traces(faxrx::Spool(spool).trace, *options.trace, stdout);
  return EX_OK;
}

int run(int argc, char** argv) {
  Options options;
  if (const std::optional<int> code = parse(argc, argv, options)) return *code;
  if (options.trace) return show_trace(options);
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
