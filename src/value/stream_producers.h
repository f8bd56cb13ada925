// What XADD IDMP remembers of a stream's producers: which of their requests were added, and under
// which ids, so that a request that is sent again is answered, not added twice. A request is
// forgotten after a time, or when its producer has too many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "value/stream_id.h"

namespace larder::value {

class Producers {
 public:
  struct Limits {
    std::int64_t duration_s = 100;
    std::int64_t requests_max = 100;  // of each producer

    friend bool operator==(const Limits&, const Limits&) = default;
  };

  // Adds what it takes, about, to `bytes`, which outlives it.
  explicit Producers(std::size_t& bytes);
  ~Producers();
  Producers(const Producers&) = delete;
  Producers& operator=(const Producers&) = delete;
  void copy_from(const Producers& other);  // REQUIRES: nothing is remembered

  const Limits& limits() const noexcept { return limits_; }
  void set_limits(const Limits& limits) noexcept { limits_ = limits; }
  void forget_all() noexcept;

  // The id under which a request was added; counts it as sent again.
  std::optional<StreamId> find(std::string_view producer, std::string_view request,
                               base::UnixMs now);
  // REQUIRES: find() knew nothing.
  void add(std::string_view producer, std::string_view request, StreamId id, base::UnixMs now);

  std::size_t producer_count() const noexcept { return producers_.size(); }
  std::size_t request_count() const noexcept { return request_count_; }
  std::uint64_t added() const noexcept { return added_; }            // ever
  std::uint64_t duplicates() const noexcept { return duplicates_; }  // ever

 private:
  struct Added {
    StreamId id;
    base::UnixMs at_ms;
  };
  using Requests = std::unordered_map<std::string, Added>;
  struct Producer {
    Requests requests;
    std::deque<const Requests::value_type*> in_order;  // as they were added
  };

  Producer& make(std::string_view name);
  void insert(Producer& producer, std::string_view request, Added added);
  void forget_first(Producer& producer) noexcept;
  void expire(Producer& producer, base::UnixMs now) noexcept;
  void look_at_one(base::UnixMs now) noexcept;

  Limits limits_;
  std::unordered_map<std::string, Producer> producers_;
  std::deque<const std::string*> to_look_at_;  // names of all, in turn
  std::size_t request_count_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t duplicates_ = 0;
  std::size_t counted_bytes_ = 0;  // of those remembered
  std::size_t& bytes_;
};

}  // namespace larder::value
