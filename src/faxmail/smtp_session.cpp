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

namespace faxmail {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
// Beyond any delivery_limit_s: libesmtp's own time-out of a write drops what it could not write and goes on,
// so that the server says 250 to a message with holes. It must never come; the delivery's process is killed
// before.
constexpr std::chrono::milliseconds never = std::chrono::hours(4);
// And if it came all the same (a stopped process, a suspended machine): the next piece is refused.
constexpr std::chrono::milliseconds longest_stall = std::chrono::hours(3);

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
  errno = 0;  // a null pointer without errno is the message's end
  *length = static_cast<int>(got);
  return got == 0 ? nullptr : piece_.data();
}

SmtpSession::SmtpSession(const DeliveryRequest& request, const Smtp& smtp)
    : smtp_(smtp),
      source_(request.message, longest_stall),
      // A password never goes to a server that is not the one that was named.
      tls_(smtp.server, smtp.tls == "required" || !smtp.login.empty(), watch_),
      session_(smtp_create_session()),
      message_(session_ == nullptr ? nullptr : smtp_add_message(session_)),
      addresses_(request.to) {
  if (message_ == nullptr) throw base::Failure("libesmtp cannot begin a session: no memory");
  smtp_set_server(session_, fmt::format("{}:{}", smtp.server, smtp.port).c_str());
  smtp_set_eventcb(session_, &SmtpSession::event, this);
  smtp_set_monitorcb(session_, &SmtpSession::monitor, this, 0);
  for (const int phase : {Timeout_TRANSFER, Timeout_DATA2})
    smtp_set_timeout(session_, phase, never.count());
  set_up_tls();
  set_up_login();
  set_up_message(request);
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
  if (writing == SMTP_CB_READING) session->watch_.read(text);
}

void SmtpSession::event(smtp_session_t, int number, void* self, ...) {
  auto* session = static_cast<SmtpSession*>(self);
  va_list more;
  va_start(more, self);
  int* go_on = nullptr;
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
  DeliveryResult result;
  for (std::size_t i = 0; i < recipients_.size(); ++i)
    result.recipients.push_back(answer_for(i));
  result.configuration_error = configuration_error(result);
  result.size_limit = watch_.size_limit();
  if (!result.configuration_error) return result;
  // Nobody's fax is given back because of our own settings.
  for (RecipientAnswer& one : result.recipients)
    if (one.answer == Answer::never) one.answer = Answer::later;
  return result;
}

// Delivered is only what has three witnesses: with BDAT the message's status may be 250 of an earlier piece,
// and a refused recipient counts as "complete".
RecipientAnswer SmtpSession::answer_for(std::size_t index) const {
  const smtp_status_t* mail = smtp_reverse_path_status(message_);
  const smtp_status_t* message = smtp_message_transfer_status(message_);
  const smtp_status_t* own = smtp_recipient_status(recipients_[index]);
  const std::string& address = addresses_[index];
  if (good(own) && good(message) && smtp_recipient_check_complete(recipients_[index]) != 0)
    return {address, Answer::delivered, words(message)};
  for (const smtp_status_t* status : {own, mail}) {
    if (never_again(status)) return {address, Answer::never, words(status)};
    if (later(status)) return {address, Answer::later, words(status)};
  }
  if (good(own) && never_again(message)) return {address, Answer::never, words(message)};
  if (good(own) && later(message)) return {address, Answer::later, words(message)};
  return {address, Answer::later, what_went_wrong()};
}

std::string SmtpSession::what_went_wrong() const {
  const std::string server = fmt::format("{}:{}", smtp_.server, smtp_.port);
  if (watch_.out_of_step())
    return fmt::format(
        "{} spoke out of turn before TLS began, as somebody in between would who puts words into its mouth",
        server);
  if (!tls_.trouble().empty())
    return fmt::format("the certificate of {} was refused: {}", server, tls_.trouble());
  if (tls_missing_) return fmt::format("{} offers no TLS, and TLS is required", server);
  if (source_.stalled()) return fmt::format("{} took no more of the message", server);
  if (!watch_.login_refusal().empty())
    return fmt::format("{} refused the login: {}", server, watch_.login_refusal());
  if (std::string refusal = watch_.last_refusal(); !refusal.empty()) return refusal;
  if (!error_.empty()) return fmt::format("cannot talk to {}: {}", server, error_);
  return fmt::format("{} ended the connection before it had taken the mail", server);
}

bool SmtpSession::configuration_error(const DeliveryResult& result) const {
  if (!tls_.trouble().empty() || tls_missing_) return true;
  const auto undelivered = [](const RecipientAnswer& one) { return one.answer != Answer::delivered; };
  const bool refused = std::any_of(
      result.recipients.begin(), result.recipients.end(),
      [](const RecipientAnswer& one) { return one.answer == Answer::never || wants_login(one.words); });
  // libesmtp goes on to MAIL after a refused login: what the server then says is about that, not about the
  // mail.
  if (!smtp_.login.empty() && !watch_.authenticated() && (refused || !watch_.login_refusal().empty()))
    return std::any_of(result.recipients.begin(), result.recipients.end(), undelivered);
  return std::any_of(result.recipients.begin(), result.recipients.end(),
                     [&](const RecipientAnswer& one) { return undelivered(one) && wants_login(one.words); });
}

}  // namespace faxmail
