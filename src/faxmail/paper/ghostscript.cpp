// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/ghostscript.hpp"

#include <ghostscript/iapi.h>

#include <algorithm>
#include <utility>

#include "src/base/remote_text.hpp"

namespace faxmail {
namespace {

constexpr std::size_t most_words = 2000;  // bytes of what Ghostscript says that are kept

}  // namespace

std::string ghostscript_name() {
  gsapi_revision_t us{};
  if (gsapi_revision(&us, sizeof us) != 0) return "Ghostscript";
  return fmt::format("{} {}.{:02}.{}", us.product, us.revision / 1000, us.revision % 1000 / 10,
                     us.revision % 10);
}

Ghostscript::Ghostscript(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"gs", "-q", "-dNOPAUSE", "-dSAFER"});
  std::vector<char*> pointers(arguments.size());
  std::transform(arguments.begin(), arguments.end(), pointers.begin(),
                 [](std::string& text) { return text.data(); });
  if (gsapi_new_instance(&instance_, this) < 0)
    throw GhostscriptFailure("Ghostscript's library cannot start: it is in use already in this process");
  gsapi_set_arg_encoding(instance_, GS_ARG_ENCODING_UTF8);
  gsapi_set_stdio(instance_, on_stdin, on_words, on_words);
  const int code = gsapi_init_with_args(instance_, static_cast<int>(pointers.size()), pointers.data());
  if (code >= 0) {
    started_ = true;
    return;
  }
  gsapi_exit(instance_);
  gsapi_delete_instance(instance_);
  check(code, "start");
}

Ghostscript::~Ghostscript() {
  if (started_) gsapi_exit(instance_);
  gsapi_delete_instance(instance_);
}

void Ghostscript::run(const std::string& program, const Data& data) {
  data_ = data;
  int exit_code = 0;
  const int code = gsapi_run_string_with_length(instance_, program.data(),
                                                static_cast<unsigned>(program.size()), 0, &exit_code);
  data_ = nullptr;
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  check(code, "work");
}

void Ghostscript::finish() {
  started_ = false;
  // pdfwrite writes most of the file here, so here is where a full disk shows.
  check(gsapi_exit(instance_), "write its file");
}

// Nothing may be thrown through Ghostscript's C.
int Ghostscript::on_stdin(void* self, char* buffer, int size) noexcept {
  auto& gs = *static_cast<Ghostscript*>(self);
  try {
    if (!gs.data_ || gs.thrown_ || size <= 0) return 0;
    return static_cast<int>(gs.data_({buffer, static_cast<std::size_t>(size)}));
  } catch (...) {
    gs.thrown_ = std::current_exception();
    return -1;
  }
}

int Ghostscript::on_words(void* self, const char* text, int size) noexcept {
  auto& words = static_cast<Ghostscript*>(self)->words_;
  try {
    if (size > 0 && words.size() < most_words) words.append(text, static_cast<std::size_t>(size));
  } catch (...) {
    return size;  // words that are lost for want of memory
  }
  return size;
}

void Ghostscript::check(int code, const char* doing) {
  if (code >= 0) return;
  const std::string words = base::printable(words_, 300);
  throw GhostscriptFailure("Ghostscript could not {} (its error {}): {}", doing, code,
                           words.empty() ? "it says nothing" : words);
}

}  // namespace faxmail
