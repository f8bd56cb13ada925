// The sweep: goes through the buckets of all databases to remove keys whose deadline has come and
// that nobody asks for. While it meets few of them it goes slowly, about half a second for a small
// database; the more it meets, the faster.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "keyspace/database.h"

namespace larder::keyspace {

class Sweeper {
 public:
  explicit Sweeper(Keyspace& keyspace) noexcept : keyspace_(keyspace) {}

  // Removes elements that are due, until `until_us` (monotonic). True where more are waiting.
  bool step_elements(std::int64_t until_us);

  // Sweeps as far as the time since the last step calls for, but not beyond `until_us` (monotonic).
  // `much` where a tenth of the keys met were past their deadline.
  Backlog step(std::int64_t until_us);

 private:
  static double share_with_deadline(const Database& database) noexcept;
  bool is_due(const Database& database) const noexcept;
  void allow(Database& database, double elapsed_ms) const noexcept;
  bool is_urgent(const Database& database) const noexcept;

  Keyspace& keyspace_;
  base::UnixMs last_step_ = 0;
  int next_database_ = 0;
};

}  // namespace larder::keyspace
