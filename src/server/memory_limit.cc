#include "server/memory_limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "server/append_only_log.h"
#include "server/memory_available.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr double kAutomaticShare = 0.75;     // the rest is for buffers, fragmentation and forks
constexpr std::size_t kBearableGrowth = 64;  // of the limit, between two rounds
constexpr base::UnixMs kLimitValidMs = 1'000;
// How far over the limit, as a share of it, commands still may bring memory before they wait.
constexpr std::size_t kOvershootShare = 64;
constexpr std::size_t kOvershootMax = 8 << 20;
// What is held may exceed the limit by so much, and this share of the limit, before it is tidied
// up: so long at a time, so often.
constexpr std::size_t kUntidyMin = 4 << 20;
constexpr std::size_t kUntidyShare = 32;
constexpr std::int64_t kTidyUs = 250;
constexpr std::chrono::milliseconds kTidyEvery{1};
// By so much or, if that is more, this share, before commands that need memory wait for it and more
// is evicted. In a small cache whole pages and regions are much beside what is in them: to evict
// for those would cost hits, and save next to nothing.
constexpr std::size_t kCrowdedMin = 14 << 20;
constexpr std::size_t kCrowdedShare = 14;
// Where tidying does not help, up to this share of the limit is evicted beyond it, until what is
// held falls by the second. What is left then is borne, and as much more as the third.
constexpr std::size_t kReserveShareMax = 8;
constexpr std::size_t kRelievedShare = 32;
constexpr std::size_t kBorneShare = 64;
constexpr std::int64_t kPatienceUs = 50'000;  // with tidying alone, while commands wait
// The allocator's memory is moved where it wastes this share of what is held, with pauses.
constexpr std::size_t kFragmentedShare = 32;
constexpr std::int64_t kRestMinUs = 100'000;
constexpr std::int64_t kRestMaxUs = 1'000'000;  // a round beside much load takes long
// A round between turns that no command waits for is shorter than one that a command begins.
constexpr std::int64_t kUnhurriedRoundUs = 100;

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

std::int64_t thread_cpu_ns() noexcept {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * std::int64_t{1'000'000'000} + used.tv_nsec;
}

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
  target_bytes_ = limit_bytes_;
  limit_read_ms_ = server_.keyspace().now();
  using Policy = settings::MaxmemoryPolicy;
  counts_changes_only_ = settings.maxmemory_policy == Policy::volatile_lrm ||
                         settings.maxmemory_policy == Policy::allkeys_lrm;
  server_.keyspace().set_eviction(rules_of(settings));
  if (!is_on()) {
    crowding_ = Crowding::none;
    has_room();
    go_on_later();
  } else {
    synchronize();
    bearable_bytes_ = 0;
    if (used_bytes() > limit_bytes_) go_on_later();
  }
}

void MemoryLimit::refresh() {
  const auto now = server_.keyspace().now();
  if (server_.settings().maxmemory < 0 && now - limit_read_ms_ >= kLimitValidMs) {
    limit_bytes_ = bytes_of(server_.settings().maxmemory);
    target_bytes_ = limit_bytes_;
    limit_read_ms_ = now;
  }
  if (is_on()) synchronize();
  if (!waiting_.empty()) go_on_later();  // where a script was in the way
}

void MemoryLimit::synchronize() {
  synchronized_ms_ = server_.keyspace().now();
  balance_.synchronize();
  if (!is_on()) return;
  held_from_bytes_ = limit_bytes_ + std::min(limit_bytes_ / kOvershootShare, kOvershootMax);
  weigh_held(server_.settings().activedefrag ? held_bytes() : 0);
}

// Whether memory is short for what is held beyond what is used. What is on its way back to the
// system is waited for, and more evicted for the rest.
void MemoryLimit::weigh_held(std::size_t held) {
  const auto crowded_bytes = limit_bytes_ + std::max(kCrowdedMin, limit_bytes_ / kCrowdedShare);
  const auto returning = held != 0 ? returning_.bytes(held) : 0;
  if (held + returning < crowded_bytes - limit_bytes_ / kRelievedShare) {
    target_bytes_ = limit_bytes_;
    borne_bytes_ = 0;
  }
  const auto most = std::max(crowded_bytes, borne_bytes_);
  auto crowding = Crowding::none;
  if (!server_.has_child()) {
    if (held > most) {
      crowding = Crowding::of_what_is_held;
    } else if (held + returning > most) {
      crowding = Crowding::of_what_returns;
    }
  }
  if (crowding_ != crowding) crowded_since_us_ = base::monotonic_us();
  crowding_ = crowding;
  if (is_crowded() || held > limit_bytes_ + kUntidyMin + limit_bytes_ / kUntidyShare) tidy_later();
}

// In physical memory, as far as that can be changed.
std::size_t MemoryLimit::held_bytes() const {
  return balance_.bytes() + balance_.fragmented_bytes() + balance_.unused_bytes() +
         server_.keyspace().region_bytes();
}

void MemoryLimit::tidy_later() {
  if (is_tidying_) return;
  is_tidying_ = true;
  const auto step = [this] {
    is_tidying_ = false;
    tidy();
  };
  if (crowding_ == Crowding::of_what_is_held) return server_.loop().post(step);
  tidy_timer_ = server_.loop().after(kTidyEvery, step);
}

// Not while a child process reads the memory: it would get a copy of all that is moved.
void MemoryLimit::tidy() {
  server_.begin_turn();
  if (server_.script_executor().is_busy() || server_.has_child()) return resume_crowd();
  if (crowding_ == Crowding::of_what_returns) return await_return();
  if (!is_on()) synchronize();
  const auto now_us = base::monotonic_us();
  const bool is_worth_it = balance_.fragmented_bytes() > held_bytes() / kFragmentedShare;
  if (!moves_outside_ && is_worth_it && now_us >= rests_until_us_) {
    moves_outside_ = true;
    moving_began_us_ = now_us;
  }
  keyspace::Keyspace::Reclaim how{.thoroughly = true};
  if (moves_outside_) how.move_memory = move_together;
  const bool has_more = server_.keyspace().reclaim(now_us + kTidyUs, how);
  synchronize();
  const bool takes_long = is_crowded() && now_us - crowded_since_us_ > kPatienceUs;
  if (takes_long) crowded_since_us_ = now_us;
  if (has_more && !takes_long) {
    tidy_later();
  } else {
    end_tidying();
  }
  if (!is_crowded() && !waiting_.empty()) go_on_later();
}

// The loop sleeps meanwhile, as whoever gives the pages back may share its core. What has not got
// back by then may be something else.
void MemoryLimit::await_return() {
  if (base::monotonic_us() - crowded_since_us_ > kPatienceUs) returning_.forget();
  synchronize();
  if (is_crowded()) return tidy_later();
  if (!waiting_.empty()) go_on_later();
}

// Everything was looked at. What is held too much nevertheless is made up for by evicting more; and
// another round would be in vain, too, so that it has to wait: they take a small share of the time.
void MemoryLimit::end_tidying() {
  if (crowding_ == Crowding::of_what_is_held) evict_more();
  if (!moves_outside_) return;
  moves_outside_ = false;
  const auto now_us = base::monotonic_us();
  rests_until_us_ = now_us + std::clamp(4 * (now_us - moving_began_us_), kRestMinUs, kRestMaxUs);
}

// In steps: each makes more to tidy up.
void MemoryLimit::evict_more() {
  if (used_bytes() <= target_bytes_) {  // else the last one is under way
    const auto least = limit_bytes_ - limit_bytes_ / kReserveShareMax;
    if (target_bytes_ <= least) return bear();
    target_bytes_ = std::max(least, target_bytes_ - limit_bytes_ / kRelievedShare);
  }
  go_on_later();
  tidy_later();
}

// Neither tidying nor evicting helps: nobody waits any more, unless it gets worse.
void MemoryLimit::bear() {
  borne_bytes_ = held_bytes() + limit_bytes_ / kBorneShare;
  resume_crowd();
}

void MemoryLimit::resume_crowd() {
  crowding_ = Crowding::none;
  go_on_later();
}

std::size_t MemoryLimit::used_bytes() const noexcept {
  const auto& keyspace = server_.keyspace();
  const auto used = balance_.bytes() + keyspace.entry_bytes();
  // Evicting adds to what waits for the disk: it must not be a reason to evict. Clients that are
  // about to be closed for their memory are none, either.
  const auto& clients = server_.client_memory();
  const auto client_bytes = clients.is_on() ? clients.bytes() : 0;
  const auto passing = keyspace.lazyfree_pending_bytes() + server_.append_only().buffer_bytes() +
                       client_bytes - std::min(client_bytes, clients.limit_bytes());
  return used - std::min(used, passing);
}

bool MemoryLimit::may_evict() const noexcept { return !server_.pause().is_on(); }

void MemoryLimit::evict(std::int64_t round_us_max) {
  // Other threads free, too: their share is taken in once a millisecond.
  if (synchronized_ms_ != server_.keyspace().now()) synchronize();
  is_out_of_memory_ = false;
  if (!may_evict() || (goes_on_ && used_bytes() < bearable_bytes_)) return;
  const auto started = base::cycles();
  const auto used = run_round(round_us_max);
  const auto cycles = base::cycles() - started;
  server_.observation().note_event("eviction-cycle", cycles);
  const auto round_us = static_cast<std::int64_t>(server_.cycle_clock().ns(cycles) / 1000);
  longest_round_us_ = std::max(longest_round_us_, round_us);
  if (used <= target_bytes_) return has_room();
  if (!is_out_of_memory_) {
    bearable_bytes_ = used + limit_bytes_ / kBearableGrowth;
    go_on_later();
  }
  if (is_exceeded_) return;
  is_exceeded_ = true;
  exceeded_since_us_ = base::monotonic_us();
}

// Until there is room or no time left. A key that goes may take memory itself, for messages to
// clients that track it: to evict for those, too, would have no end, so what is freed counts alone.
// Returns what is used then.
std::size_t MemoryLimit::run_round(std::int64_t round_us_max) {
  auto& keyspace = server_.keyspace();
  constexpr unsigned kKeysPerLook = 4;  // mostly they are enough, and nobody needs to know the time
  auto used = used_bytes();
  const auto enough = keyspace.evicted_bytes() + used - target_bytes_;
  std::int64_t until_us = 0;
  std::int64_t cpu_began_ns = 0;
  for (unsigned keys = 1; used > target_bytes_ && keyspace.evicted_bytes() < enough; ++keys) {
    if (keyspace.evict_one() == keyspace::Keyspace::Evicted::nothing_to_evict) {
      synchronize();
      used = used_bytes();
      is_out_of_memory_ = used > limit_bytes_;
      target_bytes_ = limit_bytes_;
      if (is_crowded()) bear();
      break;
    }
    used = used_bytes();
    if (keys % kKeysPerLook != 0) continue;
    const auto now_us = base::monotonic_us();
    if (until_us == 0) {
      const auto round_us = eviction_round_us(server_.settings().maxmemory_eviction_tenacity);
      until_us = now_us + std::min(round_us, round_us_max);
      cpu_began_ns = thread_cpu_ns();
    }
    if (now_us >= until_us) break;
  }
  if (cpu_began_ns != 0) {
    longest_round_cpu_us_ =
        std::max(longest_round_cpu_us_, (thread_cpu_ns() - cpu_began_ns) / 1000);
  }
  return used;
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
    go_on();
  });
}

void MemoryLimit::go_on() {
  server_.begin_turn();
  if (server_.script_executor().is_busy()) return;
  if (is_on()) make_room(waiting_.empty() ? kUnhurriedRoundUs : INT64_MAX);
  resume_waiting();
  if (server_.blocking().has_ready()) server_.blocking().serve();
}

bool MemoryLimit::makes_wait(std::uint64_t client_id) {
  if (is_out_of_memory_ || !may_evict()) return false;
  waiting_.push_back(client_id);
  go_on_later();
  return true;
}

// In the order in which they came; the first one may use up the room that there is. Where nothing
// is to be evicted for them, tidying is what they wait for.
void MemoryLimit::resume_waiting() {
  while (!waiting_.empty()) {
    if (is_short() && !is_out_of_memory_ && may_evict()) {
      if (used_bytes() > target_bytes_) go_on_later();
      return;
    }
    const auto id = waiting_.front();
    waiting_.pop_front();
    if (auto* connection = server_.clients().find(id)) connection->resume();
  }
}

std::int64_t MemoryLimit::current_exceeded_us() const noexcept {
  return is_exceeded_ ? base::monotonic_us() - exceeded_since_us_ : 0;
}

std::int64_t MemoryLimit::total_exceeded_us() const noexcept {
  return total_exceeded_us_ + current_exceeded_us();
}

}  // namespace larder::server
