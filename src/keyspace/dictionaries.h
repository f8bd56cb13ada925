// The dictionaries that values are compressed with. Values are of one kind where their keys are in
// one database and begin alike; a kind has one dictionary to write with, learned from samples of
// what is written, in steps between requests, and replaced when what it saves falls behind. An old
// one stays for as long as there are values that refer to it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "keyspace/compressed_values.h"
#include "value/dictionary.h"

namespace larder::keyspace {

class Dictionaries {
 public:
  using Number = value::DictionaryNumber;

  // What they may cost: dictionaries of 8 KiB, three times that more for each that is written with,
  // and samples.
  static constexpr std::size_t kKindsMax = 64;
  static constexpr std::size_t kSampleBytesMax = 1 << 20;

  struct Kind;

  explicit Dictionaries(std::uint64_t seed);
  ~Dictionaries();

  // The kind of values under keys that begin with `prefix`; of all others of the database, until it
  // is clear that there are many of them.
  Kind& kind_of(int database, std::string_view prefix);
  // The dictionary to write a value of that kind with: its own, or else that of all others of the
  // database. Looks at the text, which may be a sample.
  Number choose(Kind& kind, std::string_view text);
  // That for values which are there already.
  Number current_of(int database, std::string_view prefix) const;
  // What a value of that kind came to.
  void note(Kind& kind, std::size_t raw_bytes, std::size_t stored_bytes);

  // REQUIRES: `number` is that of a dictionary that is there.
  const value::Dictionary& at(Number number) const noexcept { return *places_[number].dictionary; }

  // A value that refers to it came or went.
  void add_value(Number number) noexcept { ++places_[number].values; }
  void drop_values(Number number, std::uint64_t values = 1) noexcept;

  // One step of learning, of some tens of microseconds; false where there is nothing to learn.
  bool learn();
  // Counts the dictionaries that were learned, so that others can tell when there is a new one.
  std::uint64_t learned() const noexcept { return learned_; }

  // Nothing is written any more: only what values refer to stays.
  void forget_kinds();

  std::size_t count() const noexcept;
  std::size_t memory_bytes() const noexcept;  // takes a look at each

 private:
  struct Place {
    std::unique_ptr<value::Dictionary> dictionary;
    std::uint64_t values = 0;
  };
  struct Lesson;

  Kind& add_kind(int database, std::uint64_t hash);
  bool make_room_for_kind();
  void fade();
  void take_sample(Kind& kind, std::string_view text);
  void start_lesson();
  void try_next(Lesson& lesson);
  void end_lesson();
  void adopt(Kind& kind, std::unique_ptr<value::Dictionary> dictionary);
  void retire(Number number) noexcept;
  Number free_number() const noexcept;

  base::Random random_;
  std::array<Place, CompressedValues::kNumbers> places_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Kind>> kinds_;  // by hash of how keys begin
  std::array<std::uint8_t, 256> newcomers_{};  // values of what is no kind yet, by that hash
  std::uint32_t until_fade_;                   // values
  std::vector<Kind*> ready_;                   // have their samples
  std::size_t sample_bytes_ = 0;               // of all kinds
  std::unique_ptr<Lesson> lesson_;
  std::uint64_t learned_ = 0;
};

}  // namespace larder::keyspace
