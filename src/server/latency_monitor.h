// When the server was slow, and with what: for each kind of event that took long, its samples of
// late. What LATENCY answers from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace larder::server {

// The samples of one event: at most one a second, the slowest of it.
class LatencySeries {
 public:
  struct Sample {
    std::int64_t unix_seconds = 0;
    std::uint64_t latency_ms = 0;
  };

  void add(const Sample& sample) noexcept;

  std::size_t size() const noexcept { return size_; }
  // From the oldest, 0, to the newest. REQUIRES: index < size().
  const Sample& operator[](std::size_t index) const noexcept {
    return samples_[(end_ + kSamplesMax - size_ + index) % kSamplesMax];
  }
  const Sample& newest() const noexcept { return (*this)[size_ - 1]; }
  std::uint64_t highest_ms() const noexcept { return highest_ms_; }  // of all that were added

 private:
  static constexpr std::size_t kSamplesMax = 160;
  std::array<Sample, kSamplesMax> samples_;
  std::size_t end_ = 0;  // where the next one goes
  std::size_t size_ = 0;
  std::uint64_t highest_ms_ = 0;
};

class LatencyMonitor {
 public:
  using Events = std::map<std::string, LatencySeries, std::less<>>;

  // Milliseconds from which on an event is kept; 0: none is.
  void set_threshold_ms(std::uint64_t threshold_ms) noexcept { threshold_ms_ = threshold_ms; }
  bool is_on() const noexcept { return threshold_ms_ != 0; }
  std::uint64_t threshold_ms() const noexcept { return threshold_ms_; }

  // Keeps an event that took `latency_ms`, where that is long enough. `event` is a name of ours,
  // never a client's: nothing else bounds how many there are.
  void add(std::string_view event, std::uint64_t latency_ms, std::int64_t unix_seconds);

  // Forgets the samples of an event, in any case, or of all. Returns how many events had some.
  std::size_t forget(std::string_view event);
  std::size_t forget_all() noexcept;

  const LatencySeries* find(std::string_view event) const;
  const Events& events() const noexcept { return events_; }

 private:
  std::uint64_t threshold_ms_ = 0;
  Events events_;
};

}  // namespace larder::server
