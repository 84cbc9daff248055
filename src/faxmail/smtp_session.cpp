// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/smtp_session.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>

#include "src/base/errors.hpp"
#include "src/faxmail/route.hpp"
#include "src/faxmail/said_back.hpp"

namespace faxmail {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
bool good(const smtp_status_t* status) {
  return status != nullptr && status->code / 100 == 2;
}
bool later(const smtp_status_t* status) {
  return status != nullptr && status->code / 100 == 4;
}
bool never_again(const smtp_status_t* status) {
  return status != nullptr && status->code / 100 == 5;
}

std::string words(const smtp_status_t* status) {
  if (status == nullptr || status->code == 0) return {};
  std::string text = fmt::format("{} ", status->code);
  if (status->enh_class != 0)
    text += fmt::format("{}.{}.{} ", status->enh_class, status->enh_subject, status->enh_detail);
  return words_of(text + (status->text == nullptr ? "" : status->text));
}

// "530 authentication required", "535 wrong password": the mail is good, our settings are not.
bool wants_login(const std::string& words) {
  return words.starts_with("530") || words.starts_with("534") || words.starts_with("535") ||
         words.starts_with("538");
}

}  // namespace

MessageSource::MessageSource(const std::filesystem::path& message, std::chrono::milliseconds stall)
    : fd_(::open(message.c_str(), O_RDONLY | O_CLOEXEC)), piece_(piece_bytes), longest_stall_(stall) {
  struct stat status {};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0) throw base::system_failure("cannot open " + message.string());
  size_ = static_cast<std::uint64_t>(status.st_size);
  last_ = std::chrono::steady_clock::now();
}

const char* MessageSource::next(void**, int* length, void* self) noexcept {
  auto* source = static_cast<MessageSource*>(self);
  if (length != nullptr) return source->next_piece(length);
  source->rewind();
  return nullptr;
}

void MessageSource::rewind() noexcept {
  ::lseek(fd_.get(), 0, SEEK_SET);
  last_ = std::chrono::steady_clock::now();
}

bool MessageSource::too_long_since_last_piece() noexcept {
  const auto now = std::chrono::steady_clock::now();
  stalled_ = stalled_ || now - last_ > longest_stall_;
  last_ = now;
  return stalled_;
}

const char* MessageSource::next_piece(int* length) noexcept {
  *length = 0;
  if (too_long_since_last_piece()) {
    errno = ETIMEDOUT;  // a null pointer with errno set ends the session without the closing dot
    return nullptr;
  }
  ssize_t got = -1;
  do {
    got = ::read(fd_.get(), piece_.data(), piece_.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return nullptr;
  if (got > 0 && begins_) begins_();
  if (got == 0 && may_close_ && !may_close_()) {
    errno = EPROTO;
    return nullptr;
  }
  errno = 0;  // a null pointer without errno is the message's end
  *length = static_cast<int>(got);
  return got == 0 ? nullptr : piece_.data();
}

SmtpSession::SmtpSession(const DeliveryRequest& request, const Smtp& smtp, Heard heard,
                         const SmtpPatience& patience)
    : smtp_(smtp),
      heard_(std::move(heard)),
      source_(request.message, patience.stall),
      // A password never goes to a server that is not the one that was named.
      tls_(smtp, smtp.tls == "required" || !smtp.login.empty(), watch_, socket_),
      session_(smtp_create_session()),
      message_(session_ == nullptr ? nullptr : smtp_add_message(session_)),
      addresses_(request.to) {
  if (message_ == nullptr) throw base::Failure("libesmtp cannot begin a session: no memory");
  set_up_session(patience);
  set_up_tls();
  set_up_login();
  set_up_message(request);
}

void SmtpSession::set_up_session(const SmtpPatience& patience) {
  smtp_set_server(session_, name().c_str());
  smtp_set_eventcb(session_, &SmtpSession::event, this);
  smtp_set_monitorcb(session_, &SmtpSession::monitor, this, 0);
  for (const int phase : {Timeout_TRANSFER, Timeout_DATA2})
    smtp_set_timeout(session_, phase | Timeout_OVERRIDE_RFC2822_MINIMUM, patience.write.count());
  source_.tell([this] { watch_.message_begins(); }, [this] { return may_close_message(); });
}

SmtpSession::~SmtpSession() {
  smtp_destroy_session(session_);
  if (login_ != nullptr) auth_destroy_context(login_);
}

void SmtpSession::set_up_tls() {
  // Always our own context: with libesmtp's, a second session in one process crashes.
  smtp_starttls_set_ctx(session_, tls_.context());
  if (tls_.verifies())
    smtp_starttls_enable(session_, Starttls_REQUIRED);
  else
    smtp_starttls_enable(session_, smtp_.tls == "off" ? Starttls_DISABLED : Starttls_ENABLED);
}

void SmtpSession::set_up_login() {
  if (smtp_.login.empty()) return;
  auth_client_init();
  login_ = auth_create_context();
  if (login_ == nullptr) throw base::Failure("libesmtp cannot prepare a login: no memory");
  auth_set_mechanism_flags(login_, AUTH_PLUGIN_PLAIN, 0);
  auth_set_interact_cb(login_, &SmtpSession::log_in, this);
  smtp_auth_set_context(session_, login_);
}

void SmtpSession::set_up_message(const DeliveryRequest& request) {
  smtp_set_reverse_path(message_, request.from.c_str());
  smtp_set_messagecb(message_, &MessageSource::next, &source_);
  smtp_size_set_estimate(message_, source_.size());
  for (const std::string& address : addresses_)
    recipients_.push_back(smtp_add_recipient(message_, address.c_str()));
}

void SmtpSession::monitor(const char* bytes, int length, int writing, void* self) {
  const std::string_view text(bytes, static_cast<std::size_t>(std::max(length, 0)));
  auto* session = static_cast<SmtpSession*>(self);
  if (writing == SMTP_CB_WRITING) session->watch_.wrote(text);
  if (writing != SMTP_CB_READING) return;
  session->watch_.read(text);
  if (session->watch_.out_of_turn() || session->watch_.endless()) session->socket_.hang_up();
}

// A 4xx or 5xx before the message's end is a refusal, and heard as one when its turn comes. But what takes a message
// of which half is still here has not seen it. And where the connection has ended, libesmtp would drop the rest and
// read what the server had said before.
bool SmtpSession::may_close_message() {
  cut_off_ = socket_.over();
  if (watch_.turns().in_message()) {
    const std::string unread = socket_.unread();
    answered_half_ = !unread.empty() && unread[0] != '4' && unread[0] != '5';
  }
  watch_.message_ends();
  return !answered_half_ && !cut_off_;
}

// From here on the server's word stands, whatever becomes of the connection; and nobody waits for its good-bye, which
// may never come.
void SmtpSession::message_answered() {
  settled_ = result();
  if (heard_) heard_(*settled_);
  socket_.listen_no_more();
}

void SmtpSession::event(smtp_session_t, int number, void* self, ...) {
  auto* session = static_cast<SmtpSession*>(self);
  va_list more;
  va_start(more, self);
  int* go_on = nullptr;
  if (number == SMTP_EV_MESSAGESENT) session->message_answered();
  if (number == SMTP_EV_EXTNA_STARTTLS) session->tls_missing_ = true;
  if (number == SMTP_EV_INVALID_PEER_CERTIFICATE) {
    va_arg(more, long);
    go_on = va_arg(more, int*);
    *go_on = session->tls_.verifies() ? 0 : 1;
  }
  // libesmtp compares the certificate with DNS's canonical name. Where it matters OpenSSL has already
  // compared it with the name that was asked for.
  if (number == SMTP_EV_WRONG_PEER_CERTIFICATE) {
    go_on = va_arg(more, int*);
    *go_on = 1;
  }
  if (number == SMTP_EV_NO_PEER_CERTIFICATE) {
    go_on = va_arg(more, int*);
    *go_on = session->tls_.verifies() ? 0 : 1;
  }
  va_end(more);
}

int SmtpSession::log_in(auth_client_request_t request, char** result, int fields, void* self) {
  const Smtp& smtp = static_cast<SmtpSession*>(self)->smtp_;
  for (int i = 0; i < fields; ++i) {
    const unsigned flags = request[i].flags;
    const std::string* answer = (flags & AUTH_USER) != 0   ? &smtp.login
                                : (flags & AUTH_PASS) != 0 ? &smtp.password
                                                           : nullptr;
    result[i] = answer == nullptr ? nullptr : const_cast<char*>(answer->c_str());
  }
  return 1;
}

DeliveryResult SmtpSession::run() {
  // Its return value tells little: 1 stands for a dropped connection and a refused certificate too.
  if (smtp_start_session(session_) == 0) {
    std::array<char, 256> text{};
    smtp_strerror(smtp_errno(), text.data(), text.size());
    error_ = text.data();
  }
  return settled_ ? *settled_ : result();
}

DeliveryResult SmtpSession::result() const {
  DeliveryResult result;
  for (std::size_t i = 0; i < recipients_.size(); ++i)
    result.recipients.push_back(answer_for(i));
  result.configuration_error = configuration_error(result);
  result.size_limit = watch_.size_limit();
  for (RecipientAnswer& one : result.recipients)
    one.words = without_password(std::move(one.words), smtp_);
  if (!result.configuration_error) return result;
  // Nobody's fax is given back because of our own settings.
  for (RecipientAnswer& one : result.recipients)
    if (one.answer == Answer::never) one.answer = Answer::later;
  return result;
}

// Delivered is only what has four witnesses: with BDAT the message's status may be 250 of an earlier piece, a refused
// recipient counts as "complete", and an answer that came before its question is none.
RecipientAnswer SmtpSession::answer_for(std::size_t index) const {
  const smtp_status_t* mail = smtp_reverse_path_status(message_);
  const smtp_status_t* message = smtp_message_transfer_status(message_);
  const smtp_status_t* own = smtp_recipient_status(recipients_[index]);
  const std::string& address = addresses_[index];
  if (watch_.out_of_turn() || watch_.endless() || answered_half_ || cut_off_)
    return {address, Answer::later, what_went_wrong()};
  if (good(own) && good(message) && smtp_recipient_check_complete(recipients_[index]) != 0)
    return {address, Answer::delivered, words(message)};
  // libesmtp goes on to MAIL after a refused login: what the server then says is about that, not about the mail.
  if (!watch_.login_refusal().empty()) return {address, Answer::later, what_went_wrong()};
  for (const smtp_status_t* status : {own, mail}) {
    if (never_again(status)) return {address, Answer::never, words(status)};
    if (later(status)) return {address, Answer::later, words(status)};
  }
  if (good(own) && never_again(message)) return {address, Answer::never, words(message)};
  if (good(own) && later(message)) return {address, Answer::later, words(message)};
  return {address, Answer::later, what_went_wrong()};
}

std::string SmtpSession::name() const {
  return fmt::format("{}:{}", smtp_.server, smtp_.port);
}

std::string SmtpSession::tls_trouble() const {
  if (!tls_.trouble().empty())
    return fmt::format("the certificate of {} was refused: {}", name(), tls_.trouble());
  if (watch_.tls_refused()) return fmt::format("{} refused STARTTLS: {}", name(), watch_.last_refusal());
  return fmt::format("{} says that it speaks TLS, and then does not (TLS 1.2 is needed)", name());
}

std::string SmtpSession::what_went_wrong() const {
  const std::string server = name();
  if (watch_.out_of_turn())
    return fmt::format("{} spoke out of turn, as somebody in between would who puts words into its mouth",
                       server);
  if (watch_.endless()) return fmt::format("{} gave an answer without end", server);
  if (answered_half_) return fmt::format("{} said that it has the message when it had half of it", server);
  if (tls_.failed()) return tls_trouble();
  if (tls_missing_) return fmt::format("{} offers no TLS, and TLS is required", server);
  if (source_.stalled()) return fmt::format("{} took no more of the message", server);
  if (!watch_.login_refusal().empty())
    return fmt::format("{} refused the login: {}", server, watch_.login_refusal());
  if (!watch_.last_refusal().empty()) return watch_.last_refusal();
  if (!error_.empty()) return fmt::format("cannot talk to {}: {}", server, error_);
  return fmt::format("{} ended the connection before it had taken the mail", server);
}

bool SmtpSession::configuration_error(const DeliveryResult& result) const {
  if (!tls_.trouble().empty() || tls_missing_) return true;
  if (watch_.login_refusal().starts_with('4')) return false;  // not a matter of the password
  const auto undelivered = [](const RecipientAnswer& one) { return one.answer != Answer::delivered; };
  const bool refused = std::any_of(
      result.recipients.begin(), result.recipients.end(),
      [](const RecipientAnswer& one) { return one.answer == Answer::never || wants_login(one.words); });
  if (!smtp_.login.empty() && !watch_.authenticated() && (refused || !watch_.login_refusal().empty()))
    return std::any_of(result.recipients.begin(), result.recipients.end(), undelivered);
  return std::any_of(result.recipients.begin(), result.recipients.end(),
                     [&](const RecipientAnswer& one) { return undelivered(one) && wants_login(one.words); });
}

}  // namespace faxmail
