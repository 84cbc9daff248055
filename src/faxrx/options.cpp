// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/options.hpp"

#include <sysexits.h>

#include <array>
#include <CLI/CLI.hpp>

#include "hw/line_table.hpp"

namespace faxrx {
namespace {

struct LineCommand {
  const char* name;
  const char* described;
};
constexpr std::array<LineCommand, 3> line_commands = {{
    {"block", "let lines take no calls until they are unblocked; a call that runs goes on"},
    {"unblock", "let blocked lines take calls again"},
    {"hangup", "end the calls of lines; the pages that came are kept"},
}};

std::string kinds_of_line() {
  std::string text = "Lines are named so:";
  for (const hw::LineKind& kind : hw::line_kinds())
    text += "\n  " + kind.described;
  return text +
         "\n\nFaxes wait in the spool until dahdi-faxmail has taken them. See dahdi-faxrx(8), "
         "dahdi-faxrx.conf(5).";
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("-c,--channels", options.lines, "lines to serve, as in -c 1-4,7; may be repeated")
      ->type_name("LINES");
  app.add_option("-C,--config", options.config, "configuration file")->capture_default_str();
  app.add_option("--spool", options.spool, "folder for faxes, instead of the file's \"spool\"")
      ->type_name("FOLDER");
  app.add_option("--handoff", options.handoff,
                 "dahdi-faxmail's socket, instead of the file's \"handoff_socket\"")
      ->type_name("SOCKET");
  app.add_option("--control", options.control,
                 "the socket for status, block, ..., instead of the file's \"control_socket\"")
      ->type_name("SOCKET");
  app.add_flag("-n,--check", options.check_only, "check the configuration, say all mistakes, and end");
  CLI::Option* list = app.add_flag("--list-channels", options.list_channels,
                                   "show the channels of this machine's cards, and end");
  app.add_flag("--json", options.json, "for programs: what is shown, as JSON")->needs(list);
  app.add_flag("-v,--verbose", options.verbose, "log more, with every T.30 frame");
  app.set_version_flag("-V,--version", "dahdi-faxrx " PROJECT_VERSION);
  app.footer(kinds_of_line());
}

CLI::App& add_command(CLI::App& app, const char* name, const char* described) {
  CLI::App& command = *app.add_subcommand(name, described);
  command.footer("");
  command.fallthrough();  // -C, --spool and --control may stand behind it
  return command;
}

void add_trace(CLI::App& app, TraceWish& wish) {
  CLI::App& trace = add_command(app, "trace", "show what happened in a call; without ID, the newest calls");
  trace.add_option("ID", wish.id, "the call's id, or how it begins");
  trace.add_flag("--json", wish.json, "for programs: a JSON object a line");
}

void add_control(CLI::App& app, ControlWish& wish) {
  add_command(app, "status", "show the lines of the running service, and their calls")
      .add_flag("--json", wish.json, "for programs: one JSON object");
  for (const LineCommand& command : line_commands)
    add_command(app, command.name, command.described)
        .add_option("LINES", wish.lines, "as after -c: 1-4, exchange:FOLDER/2")
        ->required();
}

}  // namespace

std::variant<Options, int> read_options(int argc, char** argv) {
  Options options;
  TraceWish trace;
  ControlWish control;
  CLI::App app("dahdi-faxrx receives faxes on telephone lines and hands them to dahdi-faxmail.",
               "dahdi-faxrx");
  add_options(app, options);
  add_trace(app, trace);
  add_control(app, control);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  options.config_named = app.count("--config") > 0;
  for (const CLI::App* command : app.get_subcommands()) {
    control.command = command->get_name();
    if (control.command == "trace")
      options.trace = trace;
    else
      options.control_wish = control;
  }
  return options;
}

}  // namespace faxrx
