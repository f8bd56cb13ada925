#include "keyspace/hit_density.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace larder::keyspace {
namespace {

// Places for keys that are followed: four bytes for each key in the cache, within bounds.
constexpr std::size_t kPlacesMin = 64;
constexpr std::size_t kPlacesMax = 8'192;
constexpr std::size_t kKeysPerPlace = 2;
constexpr std::size_t places_for(std::size_t keys) noexcept {
  return std::clamp(keys / kKeysPerPlace, kPlacesMin, kPlacesMax);
}
// The least share of hashes is 1 in 2^24 of them: bits that choose neither the shard nor the
// slot's tag.
constexpr unsigned kSampleShift = 24;
constexpr std::uint64_t kSampleMaskMax = std::uint64_t{0xff'ffff} << kSampleShift;
// More rows are made room for at once.
constexpr std::size_t kRowsAtOnce = 8;
constexpr int kAnyClass = -1;

// How long a key is followed after its last use.
constexpr double kFollowedTurnovers = 8;
// What is kept of the counts at each learning, twice a turnover.
constexpr float kRemembered = 0.9F;
// A class is taken to behave as keys of that age usually do until so many of its own were seen.
constexpr double kPriorKeys = 10;
// How much neighbouring ages count beside an age's own keys, from seconds on that are not told
// apart one by one: the best ratio is sought, and would else be found where chance was kind.
constexpr double kNeighbours = 0.5;
constexpr unsigned kFirstSmoothed = 4;

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

std::uint16_t upper_half_of(double worth) noexcept {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(worth)) >> 16);
}

}  // namespace

HitDensity::HitDensity() : followed_(kPlacesMin), rows_(1) {
  for (unsigned age = 0; age < kAges; ++age) {
    rows_[0].worth[age] = upper_half_of(worth_by_age(age));
  }
}

void HitDensity::fade(Row& row, float share) noexcept {
  for (auto* counts : {&row.used, &row.given_up}) {
    for (auto& count : *counts)
      count = static_cast<std::uint16_t>(static_cast<float>(count) * share);
  }
}

// A row that is full counts on from half of what it knows.
void HitDensity::count(Row& row, ByAge<std::uint16_t> Row::*counts, std::uint32_t age) noexcept {
  auto& count = (row.*counts)[age_bucket(age)];
  if (count > UINT16_MAX - kCountUnits) fade(row, 0.5F);
  count += kCountUnits;
}

HitDensity::Row& HitDensity::row(unsigned use_class) {
  auto& number = row_of_[use_class];
  if (number == 0) {
    if (rows_.size() == rows_.capacity()) rows_.reserve(rows_.size() + kRowsAtOnce);
    number = static_cast<std::uint8_t>(rows_.size());
    rows_.push_back({{}, {}, rows_[0].worth});
  }
  return rows_[number];
}

std::uint32_t HitDensity::age_of(const Followed& followed, std::uint32_t clock) noexcept {
  return std::min((clock - followed.clock) & 0xff'ffff, Access::kAgeMax);
}

HitDensity::Followed* HitDensity::find(std::uint64_t hash) noexcept {
  const auto tag = tag_of(hash);
  for (auto at = home_of(tag);; at = after(at)) {
    if (followed_[at].tag == tag) return &followed_[at];
    if (followed_[at].tag == 0) return nullptr;
  }
}

void HitDensity::follow(std::uint64_t hash, unsigned use_class, std::uint32_t clock) {
  while (count_ >= followed_.size() / 8 * 7) {
    if (sample_mask_ == kSampleMaskMax) return;
    follow_fewer();
  }
  Followed added;
  added.tag = tag_of(hash);
  added.clock = clock & 0xff'ffff;
  added.use_class = use_class & (kClasses - 1);
  if (!is_in_sample(added)) return;
  place({&added, 1});
  ++count_;
}

void HitDensity::place(std::span<const Followed> from) noexcept {
  for (const auto& each : from) {
    auto at = home_of(each.tag);
    while (followed_[at].tag != 0) at = after(at);
    followed_[at] = each;
  }
}

// Half as many hashes as before; the keys that stay are put in order again, as open addressing
// needs it.
void HitDensity::follow_fewer() {
  sample_mask_ = (sample_mask_ << 1) | (std::uint64_t{1} << kSampleShift);
  std::vector<Followed> kept;
  for (auto& each : followed_) {
    if (each.tag != 0 && is_in_sample(each)) kept.push_back(each);
    each = {};
  }
  count_ = kept.size();
  place(kept);
}

void HitDensity::use(Followed& followed, std::uint32_t clock, bool is_counted) {
  if (is_counted) count(row(followed.use_class), &Row::used, age_of(followed, clock));
  followed.clock = clock & 0xff'ffff;
}

void HitDensity::on_hit(std::uint64_t hash, Access after, std::uint32_t clock) {
  auto* const followed = find(hash);
  if (followed == nullptr) return follow(hash, class_of(after), clock);
  use(*followed, clock, true);
  followed->use_class = class_of(after) & (kClasses - 1);
  followed->is_missed = 0;
}

void HitDensity::on_miss(std::uint64_t hash, std::uint32_t clock) {
  auto* const followed = find(hash);
  if (followed == nullptr) return;
  use(*followed, clock, true);
  followed->is_missed = 1;
}

void HitDensity::on_insert(std::uint64_t hash, Access access, std::uint32_t clock) {
  auto* const followed = find(hash);
  if (followed == nullptr) return follow(hash, class_of(access), clock);
  use(*followed, clock, followed->is_missed == 0);
  followed->use_class = class_of(access) & (kClasses - 1);
  followed->is_missed = 0;
}

// What was last used longer ago than `age_max` seconds is followed no further.
void HitDensity::forget_old(std::uint32_t clock, std::uint32_t age_max, std::size_t places) {
  std::vector<Followed> kept;
  kept.reserve(count_);
  for (auto& each : followed_) {
    if (each.tag == 0) continue;
    if (const auto age = age_of(each, clock); age > age_max) {
      count(row(each.use_class), &Row::given_up, age);
    } else {
      kept.push_back(each);
    }
    each = {};
  }
  // Of fewer places, those that are kept need some free ones, too.
  const bool is_worth_it = places > followed_.size() / 4 * 5 || places < followed_.size() / 4 * 3;
  if (is_worth_it && kept.size() < places / 4 * 3) {
    followed_ = std::vector<Followed>(places);
  }
  count_ = kept.size();
  place(kept);
  // Those that begin to be followed have it noticed at their next use.
  if (count_ < followed_.size() / 3) sample_mask_ = (sample_mask_ >> 1) & kSampleMaskMax;
}

void HitDensity::begin_lesson(std::uint32_t clock, std::size_t keys, double turnover_seconds) {
  const auto age_max =
      std::clamp(kFollowedTurnovers * turnover_seconds, 2.0, static_cast<double>(Access::kAgeMax));
  forget_old(clock, static_cast<std::uint32_t>(age_max), places_for(keys));
  lesson_clock_ = clock;
  next_class_ = kAnyClass;
  for (const auto& each : followed_) {
    if (each.tag != 0) row(each.use_class);  // there is something to know of it
  }

  auto ended = ended_now(kAnyClass);
  double reached = 0;
  for (auto age = kAges; age-- > 0;) {
    double used = 0;
    for (const auto& each : rows_) {
      used += keys_of(each.used[age]);
      ended[age] += keys_of(each.given_up[age]);
    }
    reached += used + ended[age];
    usual_[age] = used / std::max(reached - ended[age] / 2, 1.0);
  }
}

bool HitDensity::take_step() noexcept {
  for (; next_class_ < static_cast<int>(kClasses); ++next_class_) {
    const auto number = next_class_ == kAnyClass ? 0 : row_of_[static_cast<unsigned>(next_class_)];
    if (number == 0 && next_class_ != kAnyClass) continue;
    auto& row = rows_[number];
    rate(row, next_class_);
    fade(row, kRemembered);
    ++next_class_;
    return true;
  }
  return false;
}

// Keys that are still followed have not been used up to the age they have now.
HitDensity::ByAge<double> HitDensity::ended_now(int use_class) const noexcept {
  ByAge<double> ended{};
  for (const auto& each : followed_) {
    if (each.tag == 0) continue;
    if (use_class != kAnyClass && static_cast<int>(each.use_class) != use_class) continue;
    ended[age_bucket(age_of(each, lesson_clock_))] += 1;
  }
  return ended;
}

// For each age, the chance that a key of the class which reached it is used in it.
HitDensity::ByAge<double> HitDensity::chances(const Row& row, int use_class) const noexcept {
  auto ended = use_class == kAnyClass ? ByAge<double>{} : ended_now(use_class);
  ByAge<double> used{};
  ByAge<double> exposed{};
  double reached = 0;
  for (auto age = kAges; age-- > 0;) {
    ended[age] += keys_of(row.given_up[age]);
    used[age] = keys_of(row.used[age]);
    reached += used[age] + ended[age];
    exposed[age] = reached - ended[age] / 2;
  }
  const auto smooth = [](const ByAge<double>& values, unsigned age) {
    if (age < kFirstSmoothed || age + 1 == kAges) return values[age];
    return values[age] + kNeighbours * (values[age - 1] + values[age + 1]);
  };
  ByAge<double> chances{};
  for (unsigned age = 0; age < kAges; ++age) {
    chances[age] = std::min(
        (smooth(used, age) + kPriorKeys * usual_[age]) / (smooth(exposed, age) + kPriorKeys), 1.0);
  }
  return chances;
}

// The worth of keys of one class at each age: over all times that one could go on keeping the key,
// the best ratio of the chance that it is used to the time that it is expected to take up memory.
// It is the Gittins index of the key (Gittins, 1979).
void HitDensity::rate(Row& row, int use_class) const {
  const auto chance = chances(row, use_class);
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
    row.worth[from] = upper_half_of(best + kLeastWorth * worth_by_age(from));
  }
}

}  // namespace larder::keyspace
