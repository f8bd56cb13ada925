#include "server/memory_limit.h"

#include <algorithm>
#include <cmath>

#include "server/append_only_log.h"
#include "server/memory_available.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr double kAutomaticShare = 0.75;     // the rest is for buffers, fragmentation and forks
constexpr std::size_t kBearableGrowth = 64;  // of the limit, between two rounds
constexpr base::UnixMs kLimitValidMs = 1'000;

}  // namespace

keyspace::EvictionRules eviction_rules(settings::MaxmemoryPolicy policy) {
  using Order = keyspace::EvictionOrder;
  using Policy = settings::MaxmemoryPolicy;
  keyspace::EvictionRules rules;
  const auto choose = [&](Order order, bool only_with_deadline) {
    rules.order = order;
    rules.only_with_deadline = only_with_deadline;
  };
  switch (policy) {
    case Policy::noeviction:
      break;
    case Policy::volatile_lru:
    case Policy::volatile_lrm:
      choose(Order::least_recent, true);
      break;
    case Policy::allkeys_lru:
    case Policy::allkeys_lrm:
      choose(Order::least_recent, false);
      break;
    case Policy::volatile_lfu:
      choose(Order::least_frequent, true);
      break;
    case Policy::allkeys_lfu:
      choose(Order::least_frequent, false);
      break;
    case Policy::volatile_random:
      choose(Order::any, true);
      break;
    case Policy::allkeys_random:
      choose(Order::any, false);
      break;
    case Policy::volatile_ttl:
      choose(Order::nearest_deadline, true);
      break;
    case Policy::volatile_adaptive:
      choose(Order::least_worth, true);
      break;
    case Policy::allkeys_adaptive:
      choose(Order::least_worth, false);
      break;
  }
  return rules;
}

// Linear up to 10, then 15 % more a step, 100 without end.
std::int64_t eviction_round_us(std::int64_t tenacity) {
  constexpr std::int64_t kStepUs = 40;
  if (tenacity >= 100) return INT64_MAX / 2;
  if (tenacity <= 10) return kStepUs * tenacity;
  return static_cast<std::int64_t>(10 * kStepUs *
                                   std::pow(1.15, static_cast<double>(tenacity - 10)));
}

namespace {

keyspace::EvictionRules rules_of(const settings::Settings& settings) {
  auto rules = eviction_rules(settings.maxmemory_policy);
  constexpr std::int64_t kDecayMinutesMax = 1'000'000;
  rules.sampled_buckets = static_cast<unsigned>(settings.maxmemory_samples);
  rules.counting.chances = keyspace::Counting::chances_at(settings.lfu_log_factor);
  rules.counting.decay_seconds =
      static_cast<std::uint32_t>(std::min(settings.lfu_decay_time, kDecayMinutesMax) * 60);
  rules.counting.forgets =
      rules.order == keyspace::EvictionOrder::least_frequent && rules.counting.decay_seconds != 0;
  return rules;
}

std::size_t bytes_of(std::int64_t setting) {
  if (setting >= 0) return static_cast<std::size_t>(setting);
  const auto share =
      setting == settings::kMaxmemoryAuto ? kAutomaticShare : static_cast<double>(-setting) / 100;
  return static_cast<std::size_t>(static_cast<double>(available_memory_bytes()) * share);
}

}  // namespace

void MemoryLimit::apply() {
  const auto& settings = server_.settings();
  limit_bytes_ = bytes_of(settings.maxmemory);
  limit_read_ms_ = server_.keyspace().now();
  using Policy = settings::MaxmemoryPolicy;
  counts_changes_only_ = settings.maxmemory_policy == Policy::volatile_lrm ||
                         settings.maxmemory_policy == Policy::allkeys_lrm;
  server_.keyspace().set_eviction(rules_of(settings));
  if (!is_on()) {
    has_room();
  } else {
    balance_.synchronize();
    bearable_bytes_ = 0;
    if (used_bytes() > limit_bytes_) go_on_later();
  }
}

void MemoryLimit::refresh() {
  const auto now = server_.keyspace().now();
  if (is_on()) balance_.synchronize();
  if (server_.settings().maxmemory >= 0 || now - limit_read_ms_ < kLimitValidMs) return;
  limit_bytes_ = bytes_of(server_.settings().maxmemory);
  limit_read_ms_ = now;
}

std::size_t MemoryLimit::used_bytes() const noexcept {
  const auto& keyspace = server_.keyspace();
  const auto used = balance_.bytes() + keyspace.entry_bytes();
  // Evicting adds to what waits for the disk: it must not be a reason to evict.
  const auto passing = keyspace.lazyfree_pending_bytes() + server_.append_only().buffer_bytes();
  return used - std::min(used, passing);
}

bool MemoryLimit::may_evict() const noexcept { return !server_.pause().is_on(); }

void MemoryLimit::evict() {
  auto& keyspace = server_.keyspace();
  // Other threads free, too: their share is taken in once a millisecond.
  if (synchronized_ms_ != keyspace.now()) {
    synchronized_ms_ = keyspace.now();
    balance_.synchronize();
  }
  is_out_of_memory_ = false;
  if (!may_evict() || (goes_on_ && used_bytes() < bearable_bytes_)) return;
  const auto started = base::cycles();
  // Mostly one key or two are enough, and nobody needs to know the time.
  constexpr unsigned kKeysPerLook = 4;
  std::int64_t until_us = 0;
  for (unsigned keys = 1; used_bytes() > limit_bytes_; ++keys) {
    if (keyspace.evict_one() == keyspace::Keyspace::Evicted::nothing_to_evict) {
      balance_.synchronize();
      is_out_of_memory_ = used_bytes() > limit_bytes_;
      break;
    }
    if (keys % kKeysPerLook != 0) continue;
    const auto now_us = base::monotonic_us();
    if (until_us == 0) {
      until_us = now_us + eviction_round_us(server_.settings().maxmemory_eviction_tenacity);
    }
    if (now_us < until_us) continue;
    bearable_bytes_ = used_bytes() + limit_bytes_ / kBearableGrowth;
    go_on_later();
    break;
  }
  server_.observation().note_event("eviction-cycle", base::cycles() - started);
  if (used_bytes() <= limit_bytes_) {
    has_room();
  } else if (!is_exceeded_) {
    is_exceeded_ = true;
    exceeded_since_us_ = base::monotonic_us();
  }
}

void MemoryLimit::has_room() {
  is_out_of_memory_ = false;
  if (!is_exceeded_) return;
  is_exceeded_ = false;
  total_exceeded_us_ += base::monotonic_us() - exceeded_since_us_;
}

// A further round at the end of the turn: clients are served between one and the next.
void MemoryLimit::go_on_later() {
  if (goes_on_) return;
  goes_on_ = true;
  server_.loop().post([this] {
    goes_on_ = false;
    server_.begin_turn();
    if (!is_on() || server_.script_executor().is_busy()) return;
    make_room();
    if (server_.blocking().has_ready()) server_.blocking().serve();
  });
}

std::int64_t MemoryLimit::current_exceeded_us() const noexcept {
  return is_exceeded_ ? base::monotonic_us() - exceeded_since_us_ : 0;
}

std::int64_t MemoryLimit::total_exceeded_us() const noexcept {
  return total_exceeded_us_ + current_exceeded_us();
}

}  // namespace larder::server
