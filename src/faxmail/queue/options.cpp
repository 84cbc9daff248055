// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/options.hpp"

#include <array>

namespace faxmail {
namespace {

struct Word {
  const char* name;
  const char* described;
};
constexpr std::array<Word, 6> words = {{
    {"queue", "show the mails that are not yet with all their recipients"},
    {"show", "show all that is known of a mail"},
    {"retry", "try a mail again at once; without ID, all of them"},
    {"hold", "do nothing with a mail until it is released"},
    {"release", "let a mail go that is held, undeliverable or too big"},
    {"drop", "take a mail out of the queue, whoever has it or not; asks first"},
}};

void add_resend(CLI::App& app, QueueWish& wish) {
  CLI::App* command = app.add_subcommand("resend", "mail an archived fax again, to these people");
  command->fallthrough();
  command->footer("");
  command->callback([&wish] { wish.command = "resend"; });
  command->add_flag("--json", wish.json, "for programs: a JSON object");
  command
      ->add_option("FAX WHO", wish.ids, "the fax's id, how it begins, or its file's name; then the addresses")
      ->required()
      ->expected(2, 101);
}

}  // namespace

void add_queue_commands(CLI::App& app, QueueWish& wish) {
  for (const Word& word : words) {
    CLI::App* command = app.add_subcommand(word.name, word.described);
    const std::string name = word.name;
    command->fallthrough();  // -C and --spool may stand behind it
    command->footer("");
    command->callback([&wish, name] {
      wish.command = name;
      if (name == "retry" && wish.ids.empty()) wish.ids = {"all"};
    });
    command->add_flag("--json", wish.json, "for programs: a JSON object");
    if (name == "drop") command->add_flag("--yes", wish.yes, "do not ask");
    if (name == "queue") continue;
    CLI::Option* ids = command->add_option("ID", wish.ids, "the mail's id, or how it begins");
    if (name != "retry") ids->required();
  }
  add_resend(app, wish);
  app.require_subcommand(0, 1);
}

}  // namespace faxmail
