// Counters of the server since start or CONFIG RESETSTAT, and how they become rates and
// percentiles. The loop's thread writes them; INFO reads them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace larder::server {

// Durations of one command, in cycles, in buckets whose width is an eighth of their octave: 6 %
// precise.
class LatencyHistogram {
 public:
  void add(std::uint64_t cycles) noexcept {
    ++counts_[bucket_of(cycles)];
    ++total_;
  }
  std::uint64_t total() const noexcept { return total_; }

  // The duration, in cycles, that `share` (0 to 1) of the calls did not exceed: the upper edge of
  // its bucket.
  std::uint64_t percentile(double share) const noexcept;

  // Visits (upper edge in cycles, count) of each bucket that is not empty.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      if (counts_[i] != 0) visit(upper_edge(i), std::uint64_t{counts_[i]});
    }
  }

 private:
  static constexpr std::size_t kSubBits = 3;
  static constexpr std::size_t kBuckets = (64 - kSubBits + 1) << kSubBits;

  static std::size_t bucket_of(std::uint64_t cycles) noexcept {
    if (cycles < (1u << kSubBits)) return static_cast<std::size_t>(cycles);
    const auto octave = static_cast<std::size_t>(std::bit_width(cycles)) - 1 - kSubBits;
    return ((octave + 1) << kSubBits) + ((cycles >> octave) & ((1u << kSubBits) - 1));
  }
  static std::uint64_t upper_edge(std::size_t bucket) noexcept;

  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
};

// How fast a counter grows: the mean of 16 samples a tenth of a second apart.
class Rate {
 public:
  void sample(std::uint64_t counter, base::UnixMs now) noexcept;
  std::uint64_t per_second() const noexcept;

 private:
  static constexpr std::size_t kSamples = 16;
  std::array<std::uint64_t, kSamples> rates_{};
  std::size_t next_ = 0;
  std::uint64_t last_counter_ = 0;
  base::UnixMs last_ms_ = 0;
};

struct Statistics {
  std::uint64_t connections_received = 0;
  std::uint64_t connections_rejected = 0;
  std::uint64_t commands_processed = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t error_replies = 0;
  std::uint64_t unexpected_error_replies = 0;
  std::uint64_t query_buffer_limit_disconnections = 0;
  std::uint64_t output_buffer_limit_disconnections = 0;
  std::uint64_t evicted_clients = 0;  // closed for maxmemory-clients
  std::uint64_t auth_denied = 0;
  std::uint64_t changes_since_save = 0;
  Rate commands_rate;
  Rate bytes_in_rate;
  Rate bytes_out_rate;
  Rate turns_rate;
  Rate work_rate;  // cycles
  std::uint64_t command_cycles = 0;
  std::uint64_t commands_per_turn_max = 0;
  std::size_t memory_peak_bytes = 0;
  base::UnixMs memory_peak_ms = 0;

  // Error replies by code: "ERR", "WRONGTYPE". Bounded: scripts make codes up, and share one entry
  // once there are many.
  std::map<std::string, std::uint64_t, std::less<>> errors_by_code;
  // By command id; allocated with a command's first call.
  std::vector<std::unique_ptr<LatencyHistogram>> latencies;

  enum class ErrorFrom : std::uint8_t { server, script };
  void count_error(std::string_view code, ErrorFrom origin = ErrorFrom::server);

  // Commands that ran one after the other in the loop's turn number `turn`.
  void count_batch(std::uint64_t turn, std::uint64_t processed_before,
                   std::uint64_t cycles) noexcept {
    command_cycles += cycles;
    if (turn != turn_) {
      turn_ = turn;
      processed_before_turn_ = std::min(processed_before, commands_processed);  // CONFIG RESETSTAT
    }
    commands_per_turn_max =
        std::max(commands_per_turn_max, commands_processed - processed_before_turn_);
  }
  void reset();

 private:
  std::uint64_t turn_ = 0;
  std::uint64_t processed_before_turn_ = 0;
};

}  // namespace larder::server
