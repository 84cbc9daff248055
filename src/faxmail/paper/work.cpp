// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/work.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/errors.hpp"

namespace faxmail {
namespace {

using Json = nlohmann::json;

Json to_object(const PdfRequest& request) {
  return {{"tiff", request.tiff.string()},
          {"pdf", request.pdf.string()},
          {"preview", request.preview.string()},
          {"company", request.company},
          {"received_line", request.received_line},
          {"fax", handoff::to_json(request.fax)},
          {"pdf_a", request.pdf_a},
          {"first_page", request.pages.first},
          {"last_page", request.pages.last}};
}

PdfRequest pdf_request_from(const Json& json) {
  const auto text = [&json](const char* key) { return json.at(key).get<std::string>(); };
  return {text("tiff"),
          text("pdf"),
          text("preview"),
          text("company"),
          json.at("received_line").get<bool>(),
          handoff::from_json(text("fax")),
          json.at("pdf_a").get<bool>(),
          {json.at("first_page").get<std::size_t>(), json.at("last_page").get<std::size_t>()}};
}

PaperWork work_in(const Json& json) {
  PdfRequest pdf = pdf_request_from(json);
  if (!json.contains("largest_pdf_bytes")) return pdf;
  return SplitRequest{std::move(pdf), json.at("largest_pdf_bytes").get<std::uint64_t>(),
                      json.at("least_parts").get<std::size_t>()};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const PaperWork& work) {
  if (const auto* pdf = std::get_if<PdfRequest>(&work)) return text_of(to_object(*pdf));
  const auto& split = std::get<SplitRequest>(work);
  Json json = to_object(split.whole);
  json["largest_pdf_bytes"] = split.largest_pdf_bytes;
  json["least_parts"] = split.least_parts;
  return text_of(json);
}

PaperWork paper_work_from(const std::string& text) try {
  return work_in(Json::parse(text));
} catch (const nlohmann::json::exception& error) {
  throw base::Failure("that is no work for dahdi-faxmail-paper, which dahdi-faxmail starts by itself: {}",
                      error.what());
}

std::string part_file(const PageRange& pages) {
  return fmt::format("part-{}-{}.pdf", pages.first, pages.last);
}

std::string to_json(const std::vector<PageRange>& parts) {
  Json json = Json::array();
  for (const PageRange& pages : parts)
    json.push_back({pages.first, pages.last});
  return json.dump();
}

// Not trusted: who wrote it has read what a stranger sent.
std::vector<PageRange> parts_from(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  std::vector<PageRange> ranges;
  for (const Json& one : json.is_array() ? json : Json::array()) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_number_unsigned() || !one[1].is_number_unsigned())
      break;
    const PageRange range{one[0].get<std::size_t>(), one[1].get<std::size_t>()};
    const bool follows = ranges.empty() ? range.first >= 1 : range.first == ranges.back().last + 1;
    if (!follows || range.last < range.first) break;
    ranges.push_back(range);
  }
  if (ranges.size() < 2 || ranges.size() != json.size())
    throw base::Failure("the program that splits it said nothing that can be used");
  return ranges;
}

}  // namespace faxmail
