// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/spans.hpp"

#include <algorithm>
#include <utility>

namespace faxrx {

void Spans::follow(std::shared_ptr<const Settings> settings) {
  settings_ = std::move(settings);
  for (auto& [span, keeper] : keepers_)
    keeper.follow(settings_->signalling.of(span));
}

SpanKeeper& Spans::keeper_of(const hw::isdn::SpanPlace& place) {
  return keepers_.try_emplace(place.span, loop_, place, settings_->signalling.of(place.span)).first->second;
}

base::UniqueFd Spans::link_for(const hw::LineName& line) {
  if (line.kind->span_of == nullptr) return {};
  const std::optional<hw::isdn::SpanPlace> place = line.kind->span_of(line.address);
  if (!place) return {};
  const Place now{place->span, place->timeslot};
  const auto [known, is_new] = places_.try_emplace(line.text, now);
  if (!is_new && (known->second.span != now.span || known->second.timeslot != now.timeslot)) {
    forget_line(line.text);  // the driver counts its channels anew
    places_.insert_or_assign(line.text, now);
  }
  return keeper_of(*place).link_for(*place, line.text);
}

void Spans::line_ended(const std::string& line) {
  const auto place = places_.find(line);
  if (place != places_.end()) keepers_.at(place->second.span).line_ended(place->second.timeslot);
}

void Spans::forget_line(const std::string& line) {
  const auto place = places_.find(line);
  if (place == places_.end()) return;
  keepers_.at(place->second.span).forget_line(place->second.timeslot);
  places_.erase(place);
}

void Spans::end() {
  for (auto& [span, keeper] : keepers_)
    keeper.end();
}

bool Spans::are_over() const noexcept {
  return std::all_of(keepers_.begin(), keepers_.end(), [](const auto& one) { return one.second.is_over(); });
}

}  // namespace faxrx
