// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/caller_id_framing.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "src/modem/spandsp.hpp"

namespace modem {
namespace {

using Octets = std::span<const std::uint8_t>;

// A message begins after 180 or 80 bits of mark, 25 fewer at worst (ETS 300 659-1), of which a card that wakes up late
// gives less. Between the octets of a message there are ten at most.
constexpr int marks_before_a_message = 12;

enum MessageType : std::uint8_t { sdmf_caller_id = 0x04, mdmf_caller_id = 0x80, japanese_caller_id = 0x40 };

// Of these, GR-30-CORE, EN 300 659-3 and NTT have the same numbers.
enum Field : std::uint8_t { told_at = 0x01, number = 0x02, no_number = 0x04, name = 0x07, call_type = 0x11 };
constexpr std::uint8_t message_waiting = 0x81;  // a call type: nobody calls

enum Control : std::uint8_t { soh = 0x01, stx = 0x02, etx = 0x03, header = 0x07, dle = 0x10 };
constexpr std::uint8_t without_parity = 0x7F;
constexpr std::uint8_t dle_with_parity = 0x90;

template <std::size_t longest>
base::ShortText<longest> printable(Octets octets) noexcept {
  std::array<char, longest> text{};
  std::size_t size = 0;
  for (const std::uint8_t octet : octets)
    if (octet >= ' ' && octet <= '~' && size < longest) text[size++] = static_cast<char>(octet);
  return base::ShortText<longest>({text.data(), size});
}

bool is_digit(std::uint8_t octet) noexcept {
  return octet >= '0' && octet <= '9';
}

// Only P says that the caller wishes it: O is out of area, Japan's C a telephone box, its S a service that is missing.
CallerId::Absent absence(std::uint8_t reason) noexcept {
  return reason == 'P' ? CallerId::Absent::by_caller : CallerId::Absent::unavailable;
}

void take_number(CallerId& caller, Octets body) noexcept {
  // A reason in the number's place, as SDMF has it, and some exchanges in MDMF.
  if (body.size() == 1 && (body[0] == 'P' || body[0] == 'O'))
    caller.absent = absence(body[0]);
  else if (caller.number.empty())
    caller.number = printable<32>(body);
}

void take_time(CallerId& caller, Octets body) noexcept {
  if (body.size() == 8 && std::all_of(body.begin(), body.end(), is_digit))
    caller.told_at = printable<8>(body);
}

void take_field(CallerId& caller, std::uint8_t type, Octets body) noexcept {
  if (type == Field::number) take_number(caller, body);
  if (type == Field::told_at) take_time(caller, body);
  if (type == Field::name && caller.name.empty()) caller.name = printable<64>(body);
  if (type == Field::no_number && !body.empty()) caller.absent = absence(body[0]);
}

// Nothing when nobody calls. A field that would go beyond the message ends it; what came before is kept.
std::optional<CallerId> caller_in_fields(Octets fields) noexcept {
  CallerId caller;
  while (fields.size() >= 2 && fields[1] <= fields.size() - 2) {
    const Octets body = fields.subspan(2, fields[1]);
    if (fields[0] == Field::call_type && !body.empty() && body[0] == message_waiting) return {};
    take_field(caller, fields[0], body);
    fields = fields.subspan(2 + body.size());
  }
  return caller;
}

std::optional<CallerId> caller_in_sdmf(Octets body) noexcept {
  constexpr std::size_t time_size = 8;
  if (body.size() < time_size) return {};
  CallerId caller;
  take_time(caller, body.first(time_size));
  take_number(caller, body.subspan(time_size));
  return caller;
}

// False when nothing is known of a caller.
bool take_caller(CallerId& into, const std::optional<CallerId>& caller) noexcept {
  if (!caller || (caller->number.empty() && caller->name.empty() && caller->told_at.empty() &&
                  caller->absent == CallerId::Absent::no))
    return false;
  into = *caller;
  if (!into.number.empty()) into.absent = CallerId::Absent::no;  // the reason is another field's
  return true;
}

struct DtmfFields {
  std::string_view untyped, a, b, d;
};

// Digits, each field behind its letter; nothing when it is not so.
std::optional<DtmfFields> dtmf_fields(std::string_view digits) noexcept {
  DtmfFields fields;
  while (!digits.empty()) {
    std::string_view* field = &fields.untyped;
    if (digits[0] == 'A') field = &fields.a;
    if (digits[0] == 'B') field = &fields.b;
    if (digits[0] == 'D') field = &fields.d;
    if (field != &fields.untyped) digits.remove_prefix(1);
    const std::size_t size = std::min(digits.find_first_not_of("0123456789"), digits.size());
    if (!field->empty() || (field == &fields.untyped && size == 0)) return {};
    *field = digits.substr(0, size);
    digits.remove_prefix(size);
    if (!fields.untyped.empty() && !digits.empty()) return {};
  }
  return fields;
}

// A number D redirected B reason C (00: not available, 10: by the caller's wish), any of which may be missing; and D
// number C, in Taiwan and Kuwait.
CallerId caller_until_c(const DtmfFields& fields) noexcept {
  CallerId caller;
  const bool number_in_d = fields.a.empty() && fields.b.empty();
  caller.number = base::ShortText<32>(number_in_d ? fields.d : fields.a);
  if (fields.b == "10") caller.absent = CallerId::Absent::by_caller;
  if (fields.b == "00") caller.absent = CallerId::Absent::unavailable;
  return caller;
}

// A number #; D1 # by the caller's wish; D2 # and D3 # not available; and the number alone, in Denmark and the
// Netherlands. Fewer than three digits alone are no number: somebody dials a code.
CallerId caller_until_hash(const DtmfFields& fields) noexcept {
  CallerId caller;
  caller.number = base::ShortText<32>(fields.untyped.size() >= 3 ? fields.untyped : fields.a);
  if (fields.d == "1") caller.absent = CallerId::Absent::by_caller;
  if (fields.d == "2" || fields.d == "3") caller.absent = CallerId::Absent::unavailable;
  return caller;
}

}  // namespace

bool FskFraming::take_bit(int bit) noexcept {
  if (bits_ == 0) {
    take_idle_bit(bit);
    return false;
  }
  if (bits_ <= 8) {
    octet_ = static_cast<std::uint8_t>(octet_ >> 1 | bit << 7);
    ++bits_;
    return false;
  }
  bits_ = 0;
  if (bit == 0) forget();  // no stop bit
  return inside_ && take_octet();
}

void FskFraming::carrier_changed() noexcept {
  bits_ = marks_ = 0;
  forget();
}

void FskFraming::take_idle_bit(int bit) noexcept {
  if (bit != 0) {
    marks_ = std::min(marks_ + 1, marks_before_a_message);
    return;
  }
  if (marks_ >= marks_before_a_message) {
    inside_ = true;
    size_ = text_size_ = whole_size_ = 0;
    escaped_ = false;
  }
  marks_ = 0;
  bits_ = 1;
}

bool FskFraming::take_octet() noexcept {
  if (size_ < octets_.size()) octets_[size_++] = octet_;
  if (octets_[0] == dle_with_parity) return take_japanese();
  if (octets_[0] == mdmf_caller_id || octets_[0] == sdmf_caller_id) return take_plain();
  forget();
  return false;
}

// Type, length, that many octets, and what makes the sum of all 0.
bool FskFraming::take_plain() noexcept {
  if (size_ < 3 || size_ < octets_[1] + 3U) return false;
  forget();
  std::uint8_t sum = 0;
  for (const std::uint8_t octet : Octets(octets_).first(size_))
    sum = static_cast<std::uint8_t>(sum + octet);
  const Octets body = Octets(octets_).subspan(2, size_ - 3);
  return sum == 0 &&
         take_caller(caller_, octets_[0] == sdmf_caller_id ? caller_in_sdmf(body) : caller_in_fields(body));
}

// DLE SOH header DLE STX, the text with each DLE doubled, DLE ETX, and a check sequence of two octets. All others have
// 7 bits and a parity, which says nothing that the check sequence does not.
bool FskFraming::take_japanese() noexcept {
  constexpr std::array<std::uint8_t, 5> start = {dle, soh, header, dle, stx};
  const std::uint8_t octet = octet_ & without_parity;
  if (size_ <= start.size()) {
    if (octet != start[size_ - 1]) forget();
  } else if (whole_size_ == 0) {
    take_japanese_text(octet);
  } else if (size_ == whole_size_) {
    forget();
    const bool good = crc_itu16_calc(&octets_[2], static_cast<int>(size_) - 2, 0) == 0;  // from the header on
    return good && text_size_ > 2 && text_[0] == japanese_caller_id &&
           take_caller(caller_, caller_in_fields(Octets(text_).first(text_size_).subspan(2)));
  }
  return false;
}

void FskFraming::take_japanese_text(std::uint8_t octet) noexcept {
  const bool ends = escaped_ && octet == etx;
  const bool wrong = escaped_ && octet != etx && octet != dle;
  if (ends) whole_size_ = size_ + 2;
  if (wrong || size_ + 2 > octets_.size()) forget();
  escaped_ = octet == dle && !escaped_;
  if (!ends && !escaped_) text_[text_size_++] = octet;
}

bool DtmfFraming::take_digit(char digit) noexcept {
  samples_since_a_digit_ = 0;
  if (digit != '#' && digit != 'C') {
    if (size_ < digits_.size()) digits_[size_++] = digit;
    return false;
  }
  const auto fields = dtmf_fields({digits_.data(), size_});
  forget();
  return fields && take_caller(caller_, digit == 'C' ? caller_until_c(*fields) : caller_until_hash(*fields));
}

// In a message they come 50 to 120 ms apart.
void DtmfFraming::pass(std::size_t samples) noexcept {
  constexpr std::size_t a_second = 8000;
  samples_since_a_digit_ += samples;
  if (samples_since_a_digit_ > a_second) forget();
}

}  // namespace modem
