// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/scenario/process.hpp"

namespace torture {
namespace fs = std::filesystem;
namespace {

struct Document {
  std::string id;
  std::vector<Rows> pages;
};
using Documents = std::multimap<std::string, Document>;  // by the number of who called

Documents read_documents(const fs::path& ready, Audit& audit) {
  Documents documents;
  for (const fs::directory_entry& entry : fs::directory_iterator(ready)) {
    if (entry.path().extension() != ".json" || entry.path().filename().string().front() == '.') continue;
    const auto record = nlohmann::json::parse(scenario::text_of(entry.path()), nullptr, false);
    fs::path tiff = entry.path();
    Document document{entry.path().stem(), matrix::read_fax(tiff.replace_extension(".tif"))};
    if (!record.is_object() || record["pages"].size() != document.pages.size())
      audit.violations.push_back(fmt::format("document {}: its record does not fit its pages", document.id));
    ++audit.documents;
    audit.pages += static_cast<unsigned>(document.pages.size());
    documents.emplace(record.is_object() ? record.value("caller_number", "") : "", std::move(document));
  }
  return documents;
}

// Every page of the document is of this call, none twice, and those that end before their time are all right.
void check_document(const Plan& plan, const Document& document, Audit& audit) {
  std::map<std::uint16_t, unsigned> seen;
  for (const Rows& page : document.pages) {
    const auto name = name_of(page);
    if (!name) continue;  // cut above its bars
    if (name->call != plan.call || name->page < 1 || name->page > plan.pages) {
      audit.violations.push_back(fmt::format("call {}: its document {} holds a page of call {}", plan.call,
                                             document.id, name->call));
    } else if (++seen[name->page] == 2) {
      audit.violations.push_back(
          fmt::format("call {}: page {} is in document {} twice", plan.call, name->page, document.id));
    }
  }
}

bool holds(const Document& document, const Rows& page) {
  return std::find(document.pages.begin(), document.pages.end(), page) != document.pages.end();
}

void check_call(const Outcome& call, const Documents& documents, Audit& audit) {
  if (call.answered && call.story.empty())
    audit.violations.push_back(fmt::format("call {}: its caller did not tell how it went", call.plan.call));
  const auto [first, last] = documents.equal_range(call.plan.number());
  const auto count = std::distance(first, last);
  if (count > 1)
    audit.violations.push_back(fmt::format("call {} became {} documents", call.plan.call, count));
  for (auto it = first; it != last; ++it)
    check_document(call.plan, it->second, audit);
  const std::vector<Rows> sent = call.plan.rows();
  for (const std::uint16_t page : call.confirmed) {
    ++audit.confirmed;
    if (page >= 1 && page <= sent.size() &&
        std::any_of(first, last, [&](const auto& entry) { return holds(entry.second, sent[page - 1U]); }))
      continue;
    audit.violations.push_back(fmt::format(
        "call {}: the caller holds an MCF for page {} of {}, which is in no document ({}; {}; struck: {})",
        call.plan.call, page, call.plan.pages, call.story, name_of(call.plan.victim),
        call.struck ? "yes" : "no"));
  }
}

}  // namespace

Audit audit(const fs::path& spool, const std::vector<Outcome>& calls) {
  Audit audit;
  const Documents documents = read_documents(spool / "ready", audit);
  for (const Outcome& call : calls)
    check_call(call, documents, audit);
  for (const fs::directory_entry& left : fs::directory_iterator(spool / "incoming"))
    audit.violations.push_back(fmt::format("{} is still there after a start", left.path().string()));
  return audit;
}

}  // namespace torture
