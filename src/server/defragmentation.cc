#include "server/defragmentation.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "server/memory.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr std::int64_t kDecisionUs = 1'000'000;
// How long work may go on at once where the loop does not turn.
constexpr std::int64_t kCatchUpUs = 5'000;
// Between two steps.
constexpr std::int64_t kStepRestMinUs = 1000;
constexpr std::int64_t kLookAgainUs = 100'000;  // where a child or a script is in the way
// After a round that gained less than this share of what was wasted, the next one waits: twice as
// long each time.
constexpr std::size_t kGainedShareMin = 8;
constexpr std::int64_t kRestMinUs = 2'000'000;
constexpr std::int64_t kRestMaxUs = 64'000'000;

}  // namespace

Defragmentation::Waste Defragmentation::waste() const {
  const auto memory = allocator_memory();
  const auto& keyspace = server_.keyspace();
  const auto used = memory.allocated + keyspace.entry_bytes();
  const auto held = std::max(used, memory.active + keyspace.region_bytes());
  const auto wasted = held - used;
  return {wasted, static_cast<std::int64_t>(wasted * 100 / std::max<std::size_t>(used, 1))};
}

bool Defragmentation::is_worth_it(const Waste& waste) const noexcept {
  const auto& settings = server_.settings();
  return settings.activedefrag &&
         waste.bytes >= static_cast<std::size_t>(settings.active_defrag_ignore_bytes) &&
         waste.percent >= settings.active_defrag_threshold_lower;
}

// From cycle-min at the lower threshold up to cycle-max at the upper one.
int Defragmentation::share_for(std::int64_t waste_percent) const noexcept {
  const auto& settings = server_.settings();
  const auto least = settings.active_defrag_cycle_min;
  const auto most = std::max(settings.active_defrag_cycle_max, least);
  const auto lower = settings.active_defrag_threshold_lower;
  const auto upper = std::max(settings.active_defrag_threshold_upper, lower + 1);
  const auto share = least + (waste_percent - lower) * (most - least) / (upper - lower);
  return static_cast<int>(std::clamp(share, least, most));
}

void Defragmentation::apply() {
  server_.keyspace().set_moves_entries(server_.settings().activedefrag);
  rest_us_ = rests_until_us_ = 0;
  if (share_percent_ == 0 || !server_.settings().activedefrag) return decide();
  share_percent_ = share_for(waste_percent_);
  go_on_later();
}

void Defragmentation::look() {
  if (base::monotonic_us() - decided_us_ >= kDecisionUs) decide();
}

void Defragmentation::decide() {
  decided_us_ = base::monotonic_us();
  worked_us_ = 0;
  const auto wasted = waste();
  if (!is_worth_it(wasted) || decided_us_ < rests_until_us_) return end();
  begin(wasted);
}

void Defragmentation::begin(const Waste& waste) {
  if (share_percent_ == 0) began_us_ = decided_us_;
  if (is_round_over_) wasted_before_ = waste.bytes;
  is_round_over_ = false;
  waste_percent_ = waste.percent;
  share_percent_ = share_for(waste.percent);
  go_on_later();
}

void Defragmentation::end() noexcept {
  total_us_ += current_us();
  share_percent_ = 0;
  is_round_over_ = true;
}

std::int64_t Defragmentation::current_us() const noexcept {
  return share_percent_ == 0 ? 0 : base::monotonic_us() - began_us_;
}

// Not while a child process reads the memory: it would get a copy of all that is moved.
bool Defragmentation::may_work() const noexcept {
  return !is_round_over_ && !server_.script_executor().is_busy() && !server_.has_child();
}

void Defragmentation::work() {
  const auto began_us = base::monotonic_us();
  const auto started = base::cycles();
  const bool has_more =
      server_.keyspace().reclaim(began_us + server_.settings().active_defrag_cycle_us,
                                 {.thoroughly = true, .move_memory = move_together});
  server_.observation().note_event("active-defrag-cycle", base::cycles() - started);
  worked_us_ += base::monotonic_us() - began_us;
  if (!has_more) end_round();
}

// Everything was looked at: what is wasted now is decided on anew, within a second.
void Defragmentation::end_round() {
  is_round_over_ = true;
  const bool was_in_vain = waste().bytes > wasted_before_ - wasted_before_ / kGainedShareMin;
  rest_us_ = was_in_vain ? std::clamp(2 * rest_us_, kRestMinUs, kRestMaxUs) : 0;
  rests_until_us_ = base::monotonic_us() + rest_us_;
}

// By how much it has worked more than its share.
std::int64_t Defragmentation::ahead_us(std::int64_t now_us) const noexcept {
  return worked_us_ * 100 / std::max(share_percent_, 1) - (now_us - decided_us_);
}

void Defragmentation::go_on_later() {
  if (is_posted_ || is_round_over_) return;
  is_posted_ = true;
  const auto step = [this] {
    is_posted_ = false;
    server_.begin_turn();
    if (may_work()) work();
    go_on_later();
  };
  const auto ahead = ahead_us(base::monotonic_us());
  if (ahead <= 0 && may_work()) return server_.loop().post(step);
  const auto rest_us = may_work() ? std::max(ahead, kStepRestMinUs) : kLookAgainUs;
  timer_ = server_.loop().after(std::chrono::microseconds(rest_us), step);
}

void Defragmentation::catch_up() {
  look();
  const auto until_us = base::monotonic_us() + kCatchUpUs;
  for (auto now_us = base::monotonic_us(); may_work() && ahead_us(now_us) < 0 && now_us < until_us;
       now_us = base::monotonic_us()) {
    work();
  }
}

}  // namespace larder::server
