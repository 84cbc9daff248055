// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxcall/options.hpp"

#include <sysexits.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cmath>
#include <map>
#include <string>

#include "src/base/errors.hpp"

namespace faxcall {
namespace {

using hw::exchange::Law;

// Values as the operator writes them, to be turned into the protocol's units once all are known to be good.
struct Words {
  std::string modem, coding, law;
  int rate = 0;
  std::uint32_t impulses_per_min = 0, lost_block = 0, seed = 0;
  double loss_db = 0, noise_dbm0 = 0, delay_ms = 0, echo_delay_ms = 0, echo_db = 0, skew_ppm = 0;
};

const std::map<std::string, Modem> modems{
    {"v17", Modem::v17}, {"v29", Modem::v29}, {"v27ter", Modem::v27ter}};
const std::map<std::string, Coding> codings{{"mh", Coding::mh}, {"mr", Coding::mr}, {"mmr", Coding::mmr}};
const std::map<std::string, Law> laws{{"linear", Law::linear}, {"ulaw", Law::ulaw}, {"alaw", Law::alaw}};

// T.30 5.3.6.2.4: an identification is at most 20 characters; spandsp cuts none, it refuses them.
CLI::Validator short_ascii(std::size_t longest) {
  return {
      [longest](const std::string& text) -> std::string {
        const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
        if (plain && text.size() <= longest) return {};
        return fmt::format("must be at most {} printable ASCII characters, and \"{}\" is not", longest, text);
      },
      "TEXT"};
}

// A name or number of DIAL: what does not fit its field would be cut without a word.
CLI::Validator fits_in(std::size_t bytes) {
  return {[bytes](const std::string& text) -> std::string {
            if (text.size() <= bytes) return {};
            return fmt::format("must be at most {} bytes, and \"{}\" has {}", bytes, text, text.size());
          },
          "TEXT"};
}

template <typename Map>
CLI::IsMember one_of(const Map& map) {
  return CLI::IsMember(&map);
}

void add_call_options(CLI::App& app, Options& options) {
  hw::exchange::DialRequest& dial = options.dial;
  app.add_option("--line", options.line, "the folder with the lines' sockets")->required();
  app.add_option("--to", dial.called, "the number to dial")->required()->check(fits_in(31));
  app.add_option("--from", dial.caller_number, "the caller's number; none: withheld")->check(fits_in(31));
  app.add_option("--name", dial.caller_name, "the caller's name")->check(fits_in(63));
  auto* pace = app.add_option("--pace", options.pace,
                              "so many times as fast as a real line; else as fast as the line answers")
                   ->check(CLI::Range(0.1, 1000.0));
  app.add_flag_callback(
         "--real-time", [&options] { options.pace = 1; }, "20 ms for 20 ms: the same as --pace 1")
      ->excludes(pace);
  app.add_option("--record", options.record, "write the call to a WAV file, the caller on the left");
  app.add_flag("--json", options.json, "one JSON object on standard output at the end");
  app.add_flag("-v,--verbose", options.trace, "show the T.30 frames");
}

void add_fax_options(CLI::App& app, Options& options, Words& words) {
  FaxSettings& fax = options.fax;
  app.add_option("FILE.tif", fax.file, "the pages to send, class F TIFF")->check(CLI::ExistingFile);
  app.add_option("--station-id", fax.station_id, "what TSI says; else the caller's number")
      ->check(short_ascii(20));
  app.add_option("--sub-address", fax.sub_address, "what SUB says")->check(short_ascii(20));
  app.add_option("--modem", words.modem, "the best modem to use; else v17")->check(one_of(modems));
  app.add_option("--rate", words.rate, "the fastest bits per second to begin with");
  app.add_flag("--ecm,!--no-ecm", fax.ecm, "error correction, if the receiver has it; the default");
  app.add_option("--coding", words.coding, "the best coding to use; else mmr")->check(one_of(codings));
  app.add_option("--level", fax.level_dbm0, "transmit level in dBm0; else -14")
      ->check(CLI::Range(-50.0, -3.0));
}

// The limits are those of hw/exchange/packet.hpp: a line refuses a call that asks for more.
void add_line_options(CLI::App& app, Words& words) {
  app.add_option("--law", words.law, "linear, ulaw or alaw; else linear")->check(one_of(laws));
  app.add_option("--loss", words.loss_db, "dB lost on the line, both ways")->check(CLI::Range(0.0, 60.0));
  app.add_option("--noise", words.noise_dbm0, "white noise in dBm0")->check(CLI::Range(-90.0, -10.0));
  app.add_option("--delay", words.delay_ms, "ms on the way there")->check(CLI::Range(2.0, 1000.0));
  CLI::Option* echo_delay =
      app.add_option("--echo-delay", words.echo_delay_ms, "the line's own echo, after ms");
  CLI::Option* echo = app.add_option("--echo", words.echo_db, "the echo's gain in dB, below 0");
  echo_delay->check(CLI::Range(20.0, 1000.0))->needs(echo);
  echo->check(CLI::Range(-60.0, -0.01))->needs(echo_delay);
  app.add_option("--skew", words.skew_ppm, "ppm that the caller's clock is fast")
      ->check(CLI::Range(-1000.0, 1000.0));
  app.add_option("--impulses", words.impulses_per_min, "impulse hits a minute")->check(CLI::Range(0, 6000));
  app.add_option("--lost-block", words.lost_block, "the number of the 20 ms block that is lost, from 1");
  app.add_option("--seed", words.seed, "of what is random on the line");
}

void add_misbehaviour(CLI::App& app, Options& options) {
  CLI::Option_group* when = app.add_option_group("early end");
  when->add_option("--hang-up-after-page", options.hang_up.after_page, "hang up when page N is answered")
      ->check(CLI::Range(1, 9999));
  when->add_option("--hang-up-in-page", options.hang_up.in_page, "hang up in the middle of page N's image")
      ->check(CLI::Range(1, 9999));
  when->add_option("--hang-up-after", options.hang_up.after_s, "hang up so many seconds after the answer")
      ->check(CLI::Range(0.0, 86400.0));
  when->add_option("--silent", options.silent_s, "say nothing for so many seconds, then hang up")
      ->check(CLI::Range(0.0, 86400.0));
  when->require_option(0, 1);
}

std::int16_t hundredths(double value) {
  return static_cast<std::int16_t>(std::lround(value * 100));
}
std::uint32_t microseconds(double ms) {
  return static_cast<std::uint32_t>(std::lround(ms * 1000));
}

void use_line_words(const Words& words, hw::exchange::DialRequest& dial) {
  if (!words.law.empty()) dial.law = laws.at(words.law);
  hw::exchange::Conditions& line = dial.conditions;
  line.level_db100 = hundredths(-words.loss_db);
  line.noise_dbm0_100 = hundredths(words.noise_dbm0);
  line.delay_us = microseconds(words.delay_ms);
  line.echo_delay_us = microseconds(words.echo_delay_ms);
  line.echo_db100 = hundredths(words.echo_db);
  line.impulses_per_min = static_cast<std::uint16_t>(words.impulses_per_min);
  line.lost_block = words.lost_block;
  line.seed = words.seed;
  line.skew_ppm10 = static_cast<std::int16_t>(std::lround(words.skew_ppm * 10));
}

bool any_modem_has(int rate) {
  return std::any_of(signalling_rates.begin(), signalling_rates.end(),
                     [rate](const SignallingRate& known) { return known.bits_per_s == rate; });
}

void use_rate(const Words& words, FaxSettings& fax) {
  if (!words.modem.empty()) fax.modem = modems.at(words.modem);
  if (words.rate == 0) return;
  if (words.modem.empty() && !any_modem_has(words.rate))
    throw CLI::ValidationError("--rate", "must be 2400, 4800, 7200, 9600, 12000 or 14400");
  if (!words.modem.empty() && !has_rate(fax.modem, words.rate))
    throw CLI::ValidationError("--rate", fmt::format("{} has {} bits per second, not {}", name(fax.modem),
                                                     rates_of(fax.modem), words.rate));
  fax.top_rate = words.rate;
}

void use_fax_words(const Words& words, Options& options) {
  FaxSettings& fax = options.fax;
  use_rate(words, fax);
  if (!words.coding.empty()) fax.coding = codings.at(words.coding);
  if (!fax.ecm && words.coding == "mmr")
    throw CLI::ValidationError("--coding",
                               "mmr needs error correction (T.30 table 2, bit 31): leave out --no-ecm");
  if (fax.file.empty() && !options.silent_s)
    throw CLI::RequiredError("FILE.tif (what to send; only --silent needs none)");
  // A fax machine says its own number; T.30 5.3.6.2.4 knows digits, space and plus.
  const std::string& number = options.dial.caller_number;
  const bool sayable = number.size() <= 20 && number.find_first_not_of("0123456789 +") == std::string::npos;
  if (fax.station_id.empty() && sayable) fax.station_id = number;
}

}  // namespace

std::variant<Options, int> read_options(int argc, char** argv) {
  Options options;
  Words words;
  CLI::App app("A calling fax machine on a software telephone exchange: sends the pages of a TIFF file.",
               "dahdi-faxcall");
  app.set_version_flag("--version", "dahdi-faxcall " PROJECT_VERSION);
  add_call_options(app, options);
  add_fax_options(app, options, words);
  add_line_options(app, words);
  add_misbehaviour(app, options);
  try {
    app.parse(argc, argv);
    use_line_words(words, options.dial);
    use_fax_words(words, options);
  } catch (const CLI::ParseError& end) {
    return app.exit(end) == 0 ? EX_OK : EX_USAGE;
  }
  return options;
}

}  // namespace faxcall
