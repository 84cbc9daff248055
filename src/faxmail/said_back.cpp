// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/said_back.hpp"

#include <openssl/evp.h>

#include <string_view>
#include <vector>

namespace faxmail {
namespace {

constexpr std::string_view in_its_place = "(the password)";
constexpr std::size_t shortest_beginning = 4;

std::string base64(const std::string& text) {
  std::vector<unsigned char> coded(4 * ((text.size() + 2) / 3) + 1);
  const int length = EVP_EncodeBlock(coded.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  return {coded.begin(), coded.begin() + length};
}

void take_out(std::string& words, const std::string& form) {
  for (std::size_t at = 0; (at = words.find(form, at)) != std::string::npos; at += in_its_place.size())
    words.replace(at, form.size(), in_its_place);
  for (std::size_t length = form.size() - 1; length >= shortest_beginning; --length)
    if (words.ends_with(form.substr(0, length)))
      return static_cast<void>(words.replace(words.size() - length, length, in_its_place));
}

}  // namespace

std::string without_password(std::string words, const Smtp& smtp) {
  if (smtp.password.empty()) return words;
  const std::string zero(1, '\0');
  for (const std::string& form :
       {base64(zero + smtp.login + zero + smtp.password),
        base64(smtp.login + zero + smtp.login + zero + smtp.password), base64(smtp.password), smtp.password})
    take_out(words, form);
  return words;
}

}  // namespace faxmail
