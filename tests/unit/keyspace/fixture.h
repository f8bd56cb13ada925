// A keyspace at a fixed time, and short forms for what the tests do with it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keyspace/keyspace.h"

namespace larder::keyspace {

class KeyspaceTest : public testing::Test {
 protected:
  static constexpr base::UnixMs kStart = 1'790'000'000'000;

  KeyspaceTest() { keyspace.set_now(kStart); }

  Key key(std::string_view name) const { return keyspace.key(name); }

  void set(std::string_view name, std::string_view value, Deadline deadline = kNever) {
    db.set_string(key(name), value, deadline);
  }
  std::optional<std::string> get(std::string_view name, Database* from = nullptr) {
    const auto entry = (from != nullptr ? *from : db).find(key(name));
    if (!entry) return std::nullopt;
    base::IntegerText scratch;
    return std::string(entry.text(scratch));
  }

  // Turns of the loop until `ms` from now, a tick of 100 ms each.
  void pass(std::int64_t ms) {
    for (; ms > 0; ms -= 100) {
      keyspace.set_now(keyspace.now() + 100);
      while (keyspace.work(500) != Backlog::none) {
      }
    }
  }

  static std::string numbered(std::string_view prefix, std::uint64_t number) {
    return std::string(prefix) + std::to_string(number);
  }

  Keyspace keyspace{{.databases = 3, .hash_seed = 7, .random_seed = 11}};
  Database& db = keyspace.database(0);
};

}  // namespace larder::keyspace
