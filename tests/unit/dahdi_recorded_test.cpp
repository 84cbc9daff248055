// SPDX-License-Identifier: GPL-2.0-or-later
// Whole calls in the order in which the driver tells of them, with the direct current that cards have on-hook: as read
// from its source and seen in its guest. What no software span can do, reversals of polarity and the removal of a card,
// has its place here.
#include <doctest/doctest.h>

#include <sstream>

#include "tests/unit/caller_id_sound.hpp"
#include "tests/unit/dahdi_parts.hpp"

using namespace dahdi_test;

namespace {

Sound message(const std::string& standard) {
  using namespace caller_id_test;
  const Octets fields = mdmf({field(1, "11240815"), field(2, "02071234567"), field(7, "SMITH J")});
  if (standard == "bellcore") return message_sound(ADSI_STANDARD_CLASS, fields, -20);
  if (standard == "v23") return message_sound(ADSI_STANDARD_CLIP, fields, -20);
  if (standard == "withheld") return message_sound(ADSI_STANDARD_CLIP, mdmf({field(4, "P")}), -20);
  REQUIRE(standard == "dtmf");
  return message_sound(ADSI_STANDARD_CLIP_DTMF, octets_of("A02071234567C"), -20);
}

// One word an event, a number is a pause in ms. "burst:400" is a bell of 400 ms: RINGBEGIN, and RINGOFFHOOK 180 ms
// after its end; "pulse" one of 200 ms. After "loss" there is no battery until "battery".
void play(Port& port, const std::string& order) {
  std::istringstream words(order);
  for (std::string word; words >> word;) {
    CAPTURE(word);
    if (word.starts_with("burst:")) {
      port.ring(std::stoi(word.substr(6)));
    } else if (word == "pulse") {
      port.ring(200);
    } else if (word == "polarity") {
      port.card->event(DAHDI_EVENT_POLARITY);
    } else if (word == "onhook") {
      port.card->event(DAHDI_EVENT_ONHOOK);
    } else if (word == "ringoffhook") {
      port.card->event(DAHDI_EVENT_RINGOFFHOOK);
    } else if (word == "alarm" || word == "noalarm") {
      port.card->params.chan_alarms = word == "alarm" ? DAHDI_ALARM_RED : 0;
      port.card->event(word == "alarm" ? DAHDI_EVENT_ALARM : DAHDI_EVENT_NOALARM);
      port.look();  // and no samples
    } else if (word == "removed") {
      port.card->event(DAHDI_EVENT_REMOVED);
      port.turn();
      port.card->is_removed = true;
    } else if (word == "loss" || word == "battery") {
      port.card->params.rxhooksig = word == "loss" ? rx_on_hook : rx_off_hook;
    } else if (word == "answer") {
      port.line->answer();
    } else if (word == "hangup") {
      port.line->hang_up();
    } else if (word.find_first_not_of("0123456789") == std::string::npos) {
      port.pass(std::stoi(word));
    } else {
      const Sound sound = message(word);
      port.card->sound(sound);
      port.pass(static_cast<int>(sound.size() / 8));
    }
  }
}

std::string told(const News& news) {
  std::string text;
  for (const LineEvent event : news)
    switch (event) {
      case LineEvent::ring_begins:
        text += "bell ";
        break;
      case LineEvent::ring_ends:
        text += "ring ";
        break;
      case LineEvent::caller_gone:
        text += "gone ";
        break;
      case LineEvent::line_trouble:
        text += "trouble ";
        break;
      case LineEvent::line_good:
        text += "good ";
        break;
      case LineEvent::no_more_calls:
        text += "end ";
        break;
      case LineEvent::none:
        break;
    }
  return text;
}

}  // namespace

TEST_CASE("calls of many countries, each as its exchange makes the driver tell of it") {
  struct Recorded {
    const char* what;
    const char* order;
    const char* told;
    const char* number;
    bool hung_up_by_polarity = false;
  };
  const Recorded calls[] = {
      {"North America: the message comes in the first pause",
       "1000 burst:2000 500 bellcore 2000 burst:2000 answer 3000 onhook 100", "bell ring bell ring gone ",
       "02071234567"},
      {"United Kingdom: a reversal, the message, then the bell",
       "1000 polarity 200 v23 300 burst:400 200 burst:400 answer 200 polarity 3000 onhook 100",
       "bell ring bell ring gone ", "02071234567"},
      {"the same, and a reversal is the end",
       "1000 polarity 200 v23 300 burst:400 answer 200 polarity 3000 polarity 100", "bell ring gone ",
       "02071234567", true},
      {"the Netherlands, Denmark, Sweden, Brazil: a reversal, DTMF, the bell",
       "1000 polarity 300 dtmf 600 burst:1000 answer 3000 onhook 100", "bell ring gone ", "02071234567"},
      {"India, and Germany's extensions: a pulse of the bell, which is no ring, the message, the bell",
       "1000 pulse 500 v23 300 burst:1000 answer 3000 onhook 100", "bell bell ring gone ", "02071234567"},
      {"a pulse of the bell, then DTMF", "1000 pulse 300 dtmf 600 burst:1000 answer 3000 onhook 100",
       "bell bell ring gone ", "02071234567"},
      {"the caller withholds his number", "1000 polarity 200 withheld 300 burst:1000 answer 3000 onhook 100",
       "bell ring gone ", ""},
      {"the caller hangs up just after the answer, of which the driver tells a ring 1.85 s after it",
       "1000 burst:1000 answer 60 loss 400 battery hangup 1390 ringoffhook 1000", "bell ring gone ", ""},
      {"the far end of the span is taken down: on-hook first, the alarm a second later, no samples",
       "1000 burst:1000 answer 3000 onhook 1000 alarm hangup noalarm 3000 burst:1000",
       "bell ring gone trouble good bell ring ", ""},
      {"the card is pulled out in a call", "1000 burst:1000 answer 3000 removed 1000 hangup 1000",
       "bell ring trouble end ", ""},
      {"the card is pulled out between calls", "1000 burst:1000 9000 hangup 1000 removed 1000",
       "bell ring trouble end ", ""}};
  for (const Recorded& call : calls)
    for (const std::int16_t direct_current : {0, 3277, -3277}) {  // a tenth of the whole scale
      CAPTURE(call.what);
      CAPTURE(direct_current);
      hw::LineOptions options;
      options.polarity_hangup = call.hung_up_by_polarity;
      Port port(options);
      port.card->direct_current = direct_current;
      play(port, call.order);
      CHECK(told(port.news()) == call.told);
      CHECK(port.number() == call.number);
      CHECK((port.line->identity().withheld == hw::Withheld::by_caller) ==
            (std::string(call.what) == "the caller withholds his number"));
    }
}
