// Digests of keys and values, for DEBUG DIGEST: equal where the data is, whatever form it has and
// in whatever order a set or hash lies in memory. They are Larder's own, not comparable with
// Redis's.
#pragma once

#include <array>
#include <string_view>

#include "base/clock.h"
#include "keyspace/database.h"

namespace larder::control {

class Digest {
 public:
  // Of one run of bytes.
  static Digest of(std::string_view bytes);

  // Whatever the order in which they come.
  Digest& operator^=(const Digest& other) noexcept;

  std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::array<unsigned char, 20> bytes_{};
};

// Of a value of any type with the deadlines of its elements; those past it at `now` do not count.
Digest digest_of_value(const keyspace::EntryRef& entry, base::UnixMs now);

// Of a key with its value and deadline, in the database of that number.
Digest digest_of_key(int database, const keyspace::EntryRef& entry, base::UnixMs now);

}  // namespace larder::control
