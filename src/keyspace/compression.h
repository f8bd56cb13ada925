// Which strings are kept compressed, and how: the rules, the dictionaries, room to work in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "keyspace/dictionaries.h"
#include "keyspace/inflated.h"
#include "keyspace/parts.h"
#include "keyspace/recompression.h"

namespace larder::keyspace {

class Compression {
 public:
  explicit Compression(std::uint64_t seed) : dictionaries_(seed) {}

  // Where parts do not say otherwise, and from which length on.
  void set_rules(bool compresses, std::size_t length_min);
  std::size_t length_min() const noexcept { return length_min_; }
  bool concerns(const Part* part, std::size_t length) const noexcept {
    return length >= length_min_ && length <= value::kCompressedBytesMax &&
           (part == nullptr ? compresses_ : part->rules.compresses.value_or(compresses_));
  }

  // The compressed form of a text that is to be kept under `key`, until the next call; empty where
  // that saves too little. REQUIRES: concerns(part, text.size())
  std::string_view compress(int database, const Part* part, std::string_view key,
                            std::string_view text);

  // Those of what is there already: the dictionary to write with, and the form with that one.
  value::DictionaryNumber dictionary_for(int database, const Part* part, std::string_view key,
                                         std::size_t length) const;
  std::string_view compress_with(value::DictionaryNumber number, std::string_view text);

  // The text, in `room`. A text that is not what was compressed is a bug of ours.
  std::string_view inflate(const value::CompressedText& compressed, Inflated& room);

  // All these values are gone.
  void forget(const CompressedValues& values) noexcept;

  // Learns dictionaries, and writes anew what is there, until then; true where there is more to do.
  bool work(Keyspace& keyspace, std::int64_t until_us);

  Dictionaries& dictionaries() noexcept { return dictionaries_; }
  const Dictionaries& dictionaries() const noexcept { return dictionaries_; }

 private:
  bool compresses_ = false;
  std::size_t length_min_ = 0;
  std::vector<char> room_;     // for one value
  std::uint64_t learned_ = 0;  // dictionaries that what is there was looked at for
  Recompression recompression_;
  Dictionaries dictionaries_;
};

}  // namespace larder::keyspace
