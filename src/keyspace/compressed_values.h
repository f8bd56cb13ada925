// How many values are kept compressed, and what refers to which dictionary.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "value/compressed.h"

namespace larder::keyspace {

struct CompressedValues {
  static constexpr std::size_t kNumbers =
      std::size_t{std::numeric_limits<value::DictionaryNumber>::max()} + 1;

  std::uint64_t values = 0;
  std::uint64_t raw_bytes = 0;     // of their texts
  std::uint64_t stored_bytes = 0;  // of their compressed forms
  // By dictionary, those without one at 0.
  std::array<std::uint64_t, kNumbers> with_dictionary{};
};

}  // namespace larder::keyspace
