#include "keyspace/hit_density.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace larder::keyspace {
namespace {

constexpr std::size_t kFollowedKeys = 4096;  // of those in the cache
constexpr std::size_t kFollowedMax = 40'960;
constexpr unsigned kSlotsBitsMin = 10;

// How long a key is followed after its last use.
constexpr double kFollowedTurnovers = 8;
// What is kept of the counts at each learning, twice a turnover.
constexpr float kRemembered = 0.9F;
constexpr float kForgotten = 0.01F;
// A class is taken to behave as keys of that age usually do until so many of its own were seen.
constexpr double kPriorKeys = 4;

// Where an age bucket begins, in seconds.
constexpr double begin_of(unsigned bucket) noexcept {
  if (bucket == 0) return 0;
  const auto octave = static_cast<double>(std::uint64_t{1} << ((bucket - 1) / 2));
  return (bucket - 1) % 2 == 0 ? octave : octave * 1.5;
}
constexpr double width_of(unsigned bucket) noexcept {
  if (bucket == 1) return 1;
  if (bucket == 2) return 0;  // between 1.5 and 2
  return begin_of(bucket + 1) - begin_of(bucket);
}

// Where nothing is known: the least recently used are worth the least.
double worth_by_age(unsigned age_bucket) noexcept { return 1 / (1 + begin_of(age_bucket)); }
// The share of it in the worth of keys that are never used again, as far as is known: their size
// and age decide between them.
constexpr double kLeastWorth = 1e-6;

}  // namespace

HitDensity::HitDensity() : shift_(32 - kSlotsBitsMin), followed_(std::size_t{1} << kSlotsBitsMin) {
  for (auto& of_class : worth_) {
    for (unsigned age = 0; age < kAges; ++age) {
      of_class[age] = static_cast<float>(worth_by_age(age));
    }
  }
}

HitDensity::Followed* HitDensity::find(std::uint64_t hash) noexcept {
  const auto tag = tag_of(hash);
  const auto mask = followed_.size() - 1;
  for (auto at = home_of(tag);; at = (at + 1) & mask) {
    if (followed_[at].tag == tag) return &followed_[at];
    if (followed_[at].tag == 0) return nullptr;
  }
}

void HitDensity::add(std::uint64_t hash, unsigned use_class, std::uint32_t clock) {
  if (count_ == kFollowedMax) return;
  if (count_ >= followed_.size() / 4 * 3) {
    --shift_;
    place(std::exchange(followed_, std::vector<Followed>(followed_.size() * 2)));
  }
  const Followed added{tag_of(hash), clock, static_cast<std::uint8_t>(use_class), false};
  place({&added, 1});
  ++count_;
}

void HitDensity::place(std::span<const Followed> from) noexcept {
  const auto mask = followed_.size() - 1;
  for (const auto& each : from) {
    if (each.tag == 0) continue;
    auto at = home_of(each.tag);
    while (followed_[at].tag != 0) at = (at + 1) & mask;
    followed_[at] = each;
  }
}

void HitDensity::count_use(const Followed& followed, std::uint32_t clock) noexcept {
  const auto age = std::min(clock - followed.clock, Access::kAgeMax);
  used_[followed.use_class][age_bucket(age)] += 1;
}

void HitDensity::on_hit(std::uint64_t hash, Access after, std::uint32_t clock) {
  auto* const followed = find(hash);
  if (followed == nullptr) return add(hash, class_of(after), clock);
  count_use(*followed, clock);
  followed->clock = clock;
  followed->use_class = static_cast<std::uint8_t>(class_of(after));
  followed->is_missed = false;
}

void HitDensity::on_miss(std::uint64_t hash, std::uint32_t clock) {
  auto* const followed = find(hash);
  if (followed == nullptr) return;
  count_use(*followed, clock);
  followed->clock = clock;
  followed->is_missed = true;
}

void HitDensity::on_insert(std::uint64_t hash, Access access, std::uint32_t clock) {
  auto* const followed = find(hash);
  if (followed == nullptr) return add(hash, class_of(access), clock);
  if (!followed->is_missed) count_use(*followed, clock);
  followed->clock = clock;
  followed->use_class = static_cast<std::uint8_t>(class_of(access));
  followed->is_missed = false;
}

void HitDensity::choose_sample(std::size_t keys) {
  const auto share = std::bit_floor(std::max<std::size_t>(keys / kFollowedKeys, 1));
  // Bits that choose neither the shard nor the slot's tag.
  sample_mask_ = (share - 1) << 24;
}

// What was last used longer ago than `age_max` seconds is followed no further. The rest is put in
// order again, as open addressing needs it.
void HitDensity::forget_old(std::uint32_t clock, std::uint32_t age_max) {
  std::vector<Followed> kept;
  kept.reserve(count_);
  for (auto& each : followed_) {
    if (each.tag == 0) continue;
    const auto age = clock - each.clock;
    const bool is_in_sample = ((std::uint64_t{each.tag} << 16) & sample_mask_) == 0;
    if (age > age_max) {
      given_up_[each.use_class][age_bucket(std::min(age, Access::kAgeMax))] += 1;
    } else if (is_in_sample) {
      kept.push_back(each);
    }
    each = {};
  }
  count_ = kept.size();
  place(kept);
}

// The worth of keys of one class at each age: over all times that one could go on keeping the key,
// the best ratio of the chance that it is used to the time that it is expected to take up memory.
// It is the Gittins index of the key (Gittins, 1979).
void HitDensity::rate_class(unsigned use_class, const std::array<float, kAges>& used,
                            const std::array<float, kAges>& ended,
                            const std::array<double, kAges>& usual) {
  std::array<double, kAges> chance{};  // that a key which reached an age bucket is used in it
  double reached = 0;
  for (auto age = kAges; age-- > 0;) {
    reached += used[age] + ended[age];
    chance[age] = std::min(
        (used[age] + kPriorKeys * usual[age]) / (reached - ended[age] / 2 + kPriorKeys), 1.0);
  }
  for (unsigned from = 0; from < kAges; ++from) {
    // From the middle of a bucket on.
    auto chance_here = 1 - std::sqrt(1 - chance[from]);
    auto seconds = width_of(from) / 2;
    double best = 0;
    double survival = 1;
    double hits = 0;
    double time = 1e-3;
    for (auto age = from; age < kAges && survival > 1e-3; ++age) {
      hits += survival * chance_here;
      time += survival * seconds * (1 - chance_here / 2);
      best = std::max(best, hits / time);
      survival *= 1 - chance_here;
      if (age + 1 == kAges) break;
      chance_here = chance[age + 1];
      seconds = width_of(age + 1);
    }
    worth_[use_class][from] = static_cast<float>(best + kLeastWorth * worth_by_age(from));
  }
}

void HitDensity::learn(std::uint32_t clock, std::size_t keys, double turnover_seconds) {
  choose_sample(keys);
  const auto age_max =
      std::clamp(kFollowedTurnovers * turnover_seconds, 2.0, static_cast<double>(Access::kAgeMax));
  forget_old(clock, static_cast<std::uint32_t>(age_max));

  // Keys still followed have not been used up to the age they have now.
  auto ended = given_up_;
  for (const auto& each : followed_) {
    if (each.tag == 0) continue;
    ended[each.use_class][age_bucket(std::min(clock - each.clock, Access::kAgeMax))] += 1;
  }

  std::array<double, kAges> usual{};
  double reached = 0;
  for (auto age = kAges; age-- > 0;) {
    double used_now = 0;
    double ended_now = 0;
    for (unsigned each = 0; each < kClasses; ++each) {
      used_now += used_[each][age];
      ended_now += ended[each][age];
    }
    reached += used_now + ended_now;
    usual[age] = used_now / std::max(reached - ended_now / 2, 1.0);
  }
  // Classes that no key was in behave as usual.
  static constexpr std::array<float, kAges> kNothing{};
  const std::array<float, kAges>* rated_as_usual = nullptr;
  for (unsigned each = 0; each < kClasses; ++each) {
    const bool is_unknown = used_[each] == kNothing && ended[each] == kNothing;
    if (is_unknown && rated_as_usual != nullptr) {
      worth_[each] = *rated_as_usual;
      continue;
    }
    rate_class(each, used_[each], ended[each], usual);
    if (is_unknown) rated_as_usual = &worth_[each];
  }

  for (unsigned each = 0; each < kClasses; ++each) {
    for (unsigned age = 0; age < kAges; ++age) {
      for (auto* counts : {&used_, &given_up_}) {
        auto& count = (*counts)[each][age];
        count = count < kForgotten ? 0 : count * kRemembered;
      }
    }
  }
}

}  // namespace larder::keyspace
