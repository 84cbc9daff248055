// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail: mails received faxes. See dahdi-faxmail(8).
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <filesystem>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/paper_program.hpp"
#include "src/faxmail/queue/options.hpp"
#include "src/faxmail/route.hpp"
#include "src/faxmail/send_file.hpp"
#include "src/faxmail/service.hpp"

namespace {

using faxmail::Settings;

constexpr const char* default_config = "/etc/dahdi-faxrx/dahdi-faxmail.conf";

struct Options {
  std::string config = default_config;
  bool config_named = false;
  std::vector<std::string> recipients;
  std::string spool, socket;
  bool check = false;
  bool debug = false;
  bool send = false;
  std::vector<std::string> files;
  std::string from, subject;
  faxmail::QueueWish queue;
};

void declare(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "dahdi-faxmail " PROJECT_VERSION);
  app.add_option("-C,--config", options.config, "configuration file")->capture_default_str();
  app.add_option("-r", options.recipients,
                 "who gets faxes without a route, and what the operator is told; or a file sent")
      ->type_name("WHO")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--spool", options.spool, "folder of queue and archive")->type_name("DIR");
  app.add_option("--socket", options.socket, "the hand-off socket")->type_name("PATH");
  app.add_flag("-n", options.check, "only check the configuration; say every mistake");
  app.add_flag("-v", options.debug, "say more");
  auto* send = app.add_flag("--send", options.send, "mail files at once, then end");
  const auto many = CLI::MultiOptionPolicy::TakeAll;
  app.add_option("-a", options.files, "a file to send")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(many)
      ->needs(send);
  app.add_option("-f", options.from, "the sender")->type_name("FROM")->needs(send);
  app.add_option("-s", options.subject, "the subject")->type_name("SUBJECT")->needs(send);
}

void take_recipients(const Options& options, Settings& settings, base::Mistakes& mistakes) {
  for (const std::string& one : options.recipients)
    if (!faxmail::valid_address(one))
      mistakes.add(
          fmt::format("-r {}: that cannot be mailed to; an address is written name@host.example", one));
  settings.default_to = options.recipients;
  if (!settings.operator_configured && !options.recipients.empty())
    settings.operator_address = options.recipients.front();
}

bool without_file(const Options& options) {
  return !options.config_named && !std::filesystem::exists(options.config);
}

Settings read_file(const Options& options, base::Mistakes& mistakes) {
  if (without_file(options)) return {};
  try {
    const base::ConfigFile file(options.config, mistakes);
    return faxmail::read_settings(file, mistakes);
  } catch (const std::system_error& error) {
    mistakes.add(error.what());
    return {};
  }
}

// For the service. nullopt: mistakes, which have been said.
std::optional<Settings> read_or_say(const Options& options) {
  base::Mistakes mistakes;
  Settings settings = read_file(options, mistakes);
  // Without file and -r the operator root@localhost would get everything: nobody meant that.
  if (without_file(options) && options.recipients.empty())
    mistakes.add(fmt::format(
        "there is no {}: write one (dahdi-faxmail.conf(5)), or say who gets the faxes: -r you@example.org",
        default_config));
  take_recipients(options, settings, mistakes);
  settings.paper_program = faxmail::find_paper_program();
  if (!options.spool.empty()) settings.spool = std::filesystem::absolute(options.spool);
  if (!options.socket.empty()) settings.socket = std::filesystem::absolute(options.socket);
  if (!mistakes.empty()) {
    fmt::print(stderr, "{}\n", mistakes.text());
    return std::nullopt;
  }
  for (const std::string& one : settings.warnings)
    base::log::warning("{}", one);
  return settings;
}

int send(const Options& options) {
  base::Mistakes mistakes;
  const Settings settings = read_file(options, mistakes);
  if (!mistakes.empty()) {
    fmt::print(stderr, "{}\n", mistakes.text());
    return EX_CONFIG;
  }
  std::vector<std::filesystem::path> files(options.files.begin(), options.files.end());
  return faxmail::send_files({files, options.recipients, options.from, options.subject}, settings);
}

// Where the queue is is all that this must know: a mistake elsewhere in the file is not its matter.
int operate(const Options& options) try {
  base::Mistakes elsewhere;
  Settings settings;
  if (options.spool.empty() || ::access(options.config.c_str(), R_OK) == 0)
    settings = read_file(options, elsewhere);
  if (!options.spool.empty()) settings.spool = std::filesystem::absolute(options.spool);
  return faxmail::run_queue_command(settings, options.queue, stdout);
} catch (const std::exception& error) {
  fmt::print(stderr, "dahdi-faxmail: {}\n", error.what());
  return EX_UNAVAILABLE;
}

int check(const Options& options) {
  if (!read_or_say(options)) return 1;
  if (without_file(options))
    fmt::print("there is no {}, and what -r says is good\n", options.config);
  else
    fmt::print("{} is good\n", options.config);
  return 0;
}

int serve(const Options& options) {
  auto settings = read_or_say(options);
  if (!settings) return EX_CONFIG;
  faxmail::Service service(std::move(*settings), [options] { return read_or_say(options); });
  service.run();
  return 0;
}

int run(int count, char** words) {
  Options options;
  CLI::App app("Mails received faxes: takes them from dahdi-faxrx, makes PDFs, mails, files and retries.",
               "dahdi-faxmail");
  declare(app, options);
  faxmail::add_queue_commands(app, options.queue);
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : EX_USAGE;
  }
  options.config_named = app.count("--config") != 0;
  base::log::open("dahdi-faxmail", options.debug);
  if (!options.queue.command.empty()) return operate(options);
  if (options.send) return send(options);
  return options.check ? check(options) : serve(options);
}

}  // namespace

int main(int count, char** words) noexcept {
  try {
    static_cast<void>(std::setlocale(LC_CTYPE, "C.UTF-8"));
    ::umask(0007);  // spool and archive are for the group too, and for nobody else
    return run(count, words);
  } catch (const std::exception& error) {
    base::log::error("{}", error.what());
  } catch (...) {
    base::log::error("ended by an unknown exception");
  }
  return EX_SOFTWARE;
}
