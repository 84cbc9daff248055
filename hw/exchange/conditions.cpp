// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/exchange/conditions.hpp"

#include <algorithm>
#include <cmath>

#include "hw/exchange/saturate.hpp"

namespace hw::exchange {
namespace {

// A sine at full scale is +3.14 dBm0 (G.711), so a square wave, whose mean power is full scale itself,
// has 3.01 more.
constexpr double full_scale_dbm0 = 3.14 + 3.01;
constexpr unsigned samples_of_a_hit = 8;  // 1 ms
constexpr float hit_decay = -0.7F;        // from sample to sample: it rings, and dies

double times_of_db(double db) noexcept {
  return std::pow(10.0, db / 20);
}
double samples_of_us(std::uint32_t us) noexcept {
  return us * 1e-6 * samples_per_second;
}

}  // namespace

void Noise::begin(double dbm0, std::uint32_t seed) noexcept {
  random_.seed(seed);
  normal_.reset();
  rms_ = static_cast<float>(32768 * times_of_db(dbm0 - full_scale_dbm0));
}

void Impulses::begin(double per_minute, std::uint32_t seed) noexcept {
  random_.seed(~seed);  // not the noise's own sequence
  pause_samples_ = std::exponential_distribution<double>(per_minute / 60 / samples_per_second);
  until_hit_ = pause_samples_(random_);
  left_of_hit_ = 0;
}

float Impulses::next() noexcept {
  if (--until_hit_ <= 0) {
    until_hit_ = pause_samples_(random_);
    sample_of_hit_ = height_(random_) * ((random_() & 1U) != 0 ? 1.0F : -1.0F);
    left_of_hit_ = samples_of_a_hit;
  }
  if (left_of_hit_ == 0) return 0;
  --left_of_hit_;
  const float sample = sample_of_hit_;
  sample_of_hit_ *= hit_decay;
  return sample;
}

void LineConditions::begin(const Conditions& wishes) noexcept {
  wishes_ = wishes;
  gain_ = static_cast<float>(times_of_db(wishes.level_db100 / 100.0));
  echo_gain_ = wishes.echo_db100 == 0 ? 0 : static_cast<float>(times_of_db(wishes.echo_db100 / 100.0));
  // What is said in answer to a block can at the earliest be heard in the next one.
  echo_delay_ = std::max<std::uint64_t>(
      static_cast<std::uint64_t>(std::lround(samples_of_us(wishes.echo_delay_us))), samples_per_block);
  perfect_ = wishes.level_db100 == 0 && wishes.noise_dbm0_100 == 0 && wishes.impulses_per_min == 0 &&
             wishes.echo_db100 == 0 && wishes.delay_us == 0 && wishes.skew_ppm10 == 0 &&
             wishes.lost_block == 0;
  heard_ = said_ = 0;
  answered_ = false;
  blocks_since_answer_ = 0;
  const double faster = wishes.skew_ppm10 * 1e-7;
  to_line_.begin(samples_of_us(wishes.delay_us), faster);
  to_caller_.begin(0, -faster);
  if (wishes.noise_dbm0_100 != 0) noise_.begin(wishes.noise_dbm0_100 / 100.0, wishes.seed);
  if (wishes.impulses_per_min != 0) impulses_.begin(wishes.impulses_per_min, wishes.seed);
}

void LineConditions::towards_line(Block& heard) noexcept {
  if (perfect_) return;
  if (answered_ && ++blocks_since_answer_ == wishes_.lost_block) heard.fill(0);
  to_line_.pass(heard);
  for (std::int16_t& sample : heard) {
    float sum = gain_ * sample;
    if (wishes_.noise_dbm0_100 != 0) sum += noise_.next();
    if (wishes_.impulses_per_min != 0) sum += impulses_.next();
    if (echo_gain_ != 0) sum += echo_gain_ * echo_at(heard_);
    sample = saturate(sum);
    ++heard_;
  }
}

float LineConditions::echo_at(std::uint64_t now) const noexcept {
  const std::uint64_t said_at = now - echo_delay_;
  // Before the first thing said (also when the difference wraps), or not yet said: silence.
  return said_at < said_ ? said_samples_[said_at % echo_size] : 0.0F;
}

void LineConditions::towards_caller(Block& said) noexcept {
  if (perfect_) return;
  if (echo_gain_ != 0)
    for (const std::int16_t sample : said)
      said_samples_[said_++ % echo_size] = sample;
  to_caller_.pass(said);
  if (wishes_.level_db100 == 0) return;
  for (std::int16_t& sample : said)
    sample = saturate(gain_ * sample);
}

}  // namespace hw::exchange
