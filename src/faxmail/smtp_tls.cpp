// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/smtp_tls.hpp"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include "src/base/errors.hpp"

namespace faxmail {
namespace {

bool is_address(const std::string& server) {
  in_addr ignored{};
  return ::inet_pton(AF_INET, server.c_str(), &ignored) == 1;
}

SmtpTls& owner_of(const SSL* ssl) {
  return *static_cast<SmtpTls*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

}  // namespace

SmtpTls::SmtpTls(const Smtp& smtp, bool verify, SmtpWatch& watch, SmtpSocket& socket)
    : server_(smtp.server),
      server_is_address_(is_address(smtp.server)),
      verify_(verify),
      watch_(watch),
      socket_(socket),
      context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
  if (!context_) throw base::Failure("OpenSSL has no TLS for a client");
  SSL_CTX* context = context_.get();
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION);  // one handshake, with one look at what came before it
  SSL_CTX_set_info_callback(context, &SmtpTls::info);
  if (verify_) check_certificates(smtp.ca_file);
}

void SmtpTls::check_certificates(const std::string& ca_file) {
  SSL_CTX* context = context_.get();
  if (ca_file.empty())
    SSL_CTX_set_default_verify_paths(context);
  else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1)
    throw base::Failure("ca_file = \"{}\" holds no certificate that can be read (PEM is right)", ca_file);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &SmtpTls::check);
  X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context);
  const int set = server_is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(rules, server_.c_str())
                                     : X509_VERIFY_PARAM_set1_host(rules, server_.c_str(), server_.size());
  if (set != 1) throw base::Failure("a certificate cannot be checked for the name \"{}\"", server_);
}

void SmtpTls::info(const SSL* ssl, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) != 0) owner_of(ssl).handshake_begins(const_cast<SSL*>(ssl));
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) owner_of(ssl).done_ = true;
}

void SmtpTls::handshake_begins(SSL* ssl) {
  begun_ = true;
  watch_.handshake_begins();
  socket_.use(ssl);
  // No way to refuse from here but to end the connection under the handshake.
  if (watch_.out_of_turn()) return socket_.hang_up();
  // What SSL_set_tlsext_host_name stands for, without its C cast.
  if (!server_is_address_)
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, server_.data());
}

int SmtpTls::check(int good, X509_STORE_CTX* store) {
  if (good == 1) return 1;
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  owner_of(ssl).trouble_ = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  return 0;
}

}  // namespace faxmail
