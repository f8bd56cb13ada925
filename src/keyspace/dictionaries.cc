#include "keyspace/dictionaries.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/hash.h"
#include "value/dictionary_learner.h"

namespace larder::keyspace {
namespace {

// Keys that begin alike make a kind of their own from so many values on.
constexpr std::uint8_t kValuesOfKind = 32;
constexpr std::uint32_t kValuesPerFade = 1 << 14;

constexpr std::size_t kSampleTextBytesMax = 4096;
constexpr std::size_t kSamplesPerTrial = 4;  // one of as many is kept back, to try what was learned
// The first lesson comes as soon as it may, for values to be small from early on; later ones draw
// their samples from many more values.
constexpr std::size_t kFirstSamples = 80;
constexpr std::size_t kLaterSamples = 200;
constexpr std::size_t kKindBytesMax = 192 << 10;
constexpr std::uint64_t kLaterStride = 32;
constexpr std::uint64_t kFirstRest = 1 << 13;  // values until the next lesson
constexpr std::uint64_t kRestMax = 1 << 24;
constexpr std::uint64_t kWindowValues = 1 << 12;  // over which the saving is looked at

bool saves_enough(std::size_t bytes, std::size_t before_bytes) noexcept {
  return bytes <= before_bytes - before_bytes / 32;
}

std::uint64_t hash_of(int database, std::string_view prefix) noexcept {
  const auto of_database = base::xxh3({reinterpret_cast<const char*>(&database), sizeof database});
  return prefix.empty() ? of_database : of_database ^ base::xxh3(prefix);
}

}  // namespace

struct Dictionaries::Kind {
  int database = 0;
  Number current = value::kNoDictionary;
  std::uint32_t recent = 0;        // values, fading
  std::uint64_t until_sample = 1;  // values; 0: none is taken
  std::uint64_t rest = kFirstRest;
  bool has_learned = false;
  bool is_in_lesson = false;  // or waits for it
  std::vector<std::string> samples;
  std::size_t sample_bytes = 0;
  // Of the values since the last look, and what a raw byte took when the dictionary was learned.
  std::uint64_t window_values = 0;
  std::uint64_t window_raw_bytes = 0;
  std::uint64_t window_stored_bytes = 0;
  double usual_share = 1;

  double window_share() const noexcept {
    return static_cast<double>(window_stored_bytes) / static_cast<double>(window_raw_bytes);
  }
  void start_window() noexcept { window_values = window_raw_bytes = window_stored_bytes = 0; }
};

// The samples of one kind being learned from, then tried.
struct Dictionaries::Lesson {
  Kind& kind;
  std::vector<std::string> trial;
  value::DictionaryLearner learner;
  std::unique_ptr<value::Dictionary> candidate = nullptr;
  std::size_t raw_bytes = 0;
  std::size_t with_current = 0;
  std::size_t with_candidate = 0;
};

Dictionaries::Dictionaries(std::uint64_t seed) : random_(seed), until_fade_(kValuesPerFade) {}
Dictionaries::~Dictionaries() = default;

// --- kinds

Dictionaries::Kind& Dictionaries::kind_of(int database, std::string_view prefix) {
  if (--until_fade_ == 0) fade();
  auto hash = hash_of(database, {});
  if (!prefix.empty()) {
    const auto own = hash_of(database, prefix);
    auto& values = newcomers_[own % newcomers_.size()];
    if (kinds_.contains(own)) {
      hash = own;
    } else if (++values >= kValuesOfKind) {
      values = 0;
      if (make_room_for_kind()) hash = own;
    }
  }
  const auto found = kinds_.find(hash);
  auto& kind = found != kinds_.end() ? *found->second : add_kind(database, hash);
  if (kind.recent < std::numeric_limits<std::uint32_t>::max()) ++kind.recent;
  return kind;
}

Dictionaries::Kind& Dictionaries::add_kind(int database, std::uint64_t hash) {
  auto& kind = kinds_[hash];
  kind = std::make_unique<Kind>();
  kind->database = database;
  return *kind;
}

// Whether there is room for one more, be it that of one which nothing is written to any more.
bool Dictionaries::make_room_for_kind() {
  if (kinds_.size() < kKindsMax) return true;
  const auto unused = std::ranges::find_if(kinds_, [&](const auto& each) {
    return each.second->recent == 0 && !each.second->is_in_lesson;
  });
  if (unused == kinds_.end()) return false;
  sample_bytes_ -= unused->second->sample_bytes;
  retire(unused->second->current);
  kinds_.erase(unused);
  return true;
}

void Dictionaries::fade() {
  until_fade_ = kValuesPerFade;
  for (auto& values : newcomers_) values /= 2;
  for (auto& [hash, kind] : kinds_) kind->recent /= 2;
}

void Dictionaries::forget_kinds() {
  lesson_.reset();
  ready_.clear();
  for (const auto& [hash, kind] : kinds_) retire(kind->current);
  kinds_.clear();
  sample_bytes_ = 0;
}

// --- samples

Dictionaries::Number Dictionaries::choose(Kind& kind, std::string_view text) {
  if (kind.until_sample != 0 && --kind.until_sample == 0) [[unlikely]]
    take_sample(kind, text);
  return kind.current != value::kNoDictionary ? kind.current : current_of(kind.database, {});
}

Dictionaries::Number Dictionaries::current_of(int database, std::string_view prefix) const {
  const auto kind = kinds_.find(hash_of(database, prefix));
  const auto number = kind == kinds_.end() ? value::kNoDictionary : kind->second->current;
  if (number != value::kNoDictionary || prefix.empty()) return number;
  return current_of(database, {});
}

void Dictionaries::take_sample(Kind& kind, std::string_view text) {
  const auto stride = kind.has_learned ? kLaterStride : 2;
  kind.until_sample = 1 + random_.below(2 * stride - 1);
  text = text.substr(0, kSampleTextBytesMax);
  if (sample_bytes_ + text.size() > kSampleBytesMax) return;
  kind.samples.emplace_back(text);
  kind.sample_bytes += text.size();
  sample_bytes_ += text.size();
  const auto wanted = kind.has_learned ? kLaterSamples : kFirstSamples;
  if (kind.samples.size() < wanted && kind.sample_bytes < kKindBytesMax) return;
  kind.until_sample = 0;
  kind.is_in_lesson = true;
  ready_.push_back(&kind);
}

void Dictionaries::note(Kind& kind, std::size_t raw_bytes, std::size_t stored_bytes) {
  kind.window_raw_bytes += raw_bytes;
  kind.window_stored_bytes += stored_bytes;
  if (++kind.window_values < kWindowValues) return;
  constexpr double kFallsBehind = 1.125;
  if (kind.current != value::kNoDictionary && kind.until_sample == 0 && !kind.is_in_lesson &&
      kind.window_share() > kind.usual_share * kFallsBehind) {
    kind.until_sample = 1;
  }
  kind.start_window();
}

// --- lessons

bool Dictionaries::learn() {
  if (lesson_ == nullptr) {
    if (ready_.empty()) return false;
    start_lesson();
  } else if (lesson_->candidate != nullptr) {
    lesson_->trial.empty() ? end_lesson() : try_next(*lesson_);
  } else if (!lesson_->learner.step()) {
    auto dictionary = lesson_->learner.take_dictionary();
    if (dictionary.empty()) {
      end_lesson();
    } else {
      lesson_->candidate = std::make_unique<value::Dictionary>(std::move(dictionary));
    }
  }
  return true;
}

void Dictionaries::start_lesson() {
  auto& kind = *ready_.front();
  ready_.erase(ready_.begin());
  std::vector<std::string> learned;
  std::vector<std::string> tried;
  for (std::size_t i = 0; i < kind.samples.size(); ++i) {
    (i % kSamplesPerTrial == 0 ? tried : learned).push_back(std::move(kind.samples[i]));
  }
  sample_bytes_ -= std::exchange(kind.sample_bytes, 0);
  kind.samples = {};
  lesson_ = std::make_unique<Lesson>(
      Lesson{.kind = kind,
             .trial = std::move(tried),
             .learner = value::DictionaryLearner(learned, value::Dictionary::kBytesMax)});
}

// Writes one sample with what is there and with what was learned.
void Dictionaries::try_next(Lesson& lesson) {
  const auto text = std::move(lesson.trial.back());
  lesson.trial.pop_back();
  std::vector<char> room(value::compressed_bytes_max(text.size()));
  const auto bytes_with = [&](const value::Dictionary* dictionary) {
    const auto bytes = value::compress(text, room.data(), 1, dictionary);
    return bytes == 0 ? text.size() : bytes;
  };
  const auto current = lesson.kind.current;
  lesson.raw_bytes += text.size();
  lesson.with_current += bytes_with(current == value::kNoDictionary ? nullptr : &at(current));
  lesson.with_candidate += bytes_with(lesson.candidate.get());
}

void Dictionaries::end_lesson() {
  const auto lesson = std::move(lesson_);
  auto& kind = lesson->kind;
  const bool is_better = lesson->candidate != nullptr &&
                         saves_enough(lesson->with_candidate, lesson->with_current) &&
                         free_number() != value::kNoDictionary;
  kind.is_in_lesson = false;
  kind.start_window();
  const bool was_first = !std::exchange(kind.has_learned, true);
  if (lesson->raw_bytes != 0) {
    kind.usual_share =
        static_cast<double>(is_better ? lesson->with_candidate : lesson->with_current) /
        static_cast<double>(lesson->raw_bytes);
  }
  if (is_better) {
    adopt(kind, std::move(lesson->candidate));
    kind.rest = kFirstRest;
    // What few samples taught is soon looked at again; after that, when it falls behind.
    kind.until_sample = was_first ? kind.rest : 0;
  } else {
    const bool has_one = kind.current != value::kNoDictionary;
    kind.rest = std::min(kind.rest * 4, kRestMax);
    kind.until_sample = has_one ? 0 : kind.rest;
  }
}

void Dictionaries::adopt(Kind& kind, std::unique_ptr<value::Dictionary> dictionary) {
  const auto number = free_number();
  places_[number].dictionary = std::move(dictionary);
  retire(std::exchange(kind.current, number));
  ++learned_;
}

// --- numbers

Dictionaries::Number Dictionaries::free_number() const noexcept {
  for (std::size_t i = 1; i < places_.size(); ++i) {
    if (places_[i].dictionary == nullptr) return static_cast<Number>(i);
  }
  return value::kNoDictionary;
}

void Dictionaries::retire(Number number) noexcept {
  if (number == value::kNoDictionary) return;
  auto& place = places_[number];
  place.dictionary->retire();
  if (place.values == 0) place.dictionary.reset();
}

void Dictionaries::drop_values(Number number, std::uint64_t values) noexcept {
  auto& place = places_[number];
  place.values -= values;
  if (place.values == 0 && place.dictionary != nullptr && place.dictionary->is_retired()) {
    place.dictionary.reset();
  }
}

std::size_t Dictionaries::count() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      places_, [](const Place& place) { return place.dictionary != nullptr; }));
}

std::size_t Dictionaries::memory_bytes() const noexcept {
  auto bytes = sample_bytes_;
  for (const auto& place : places_) {
    if (place.dictionary != nullptr) bytes += place.dictionary->memory_bytes();
  }
  if (lesson_ != nullptr) bytes += lesson_->learner.memory_bytes();
  return bytes;
}

}  // namespace larder::keyspace
