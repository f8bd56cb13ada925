// A consumer group: how far it has read its stream, which entries its consumers were given but have
// not acknowledged (pending), and the consumers. An entry is pending for one consumer at most; or
// for none, once XNACK has given it back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "value/ordered_chunks.h"
#include "value/stream_id.h"

namespace larder::value {

class Consumer;

struct Pending {
  StreamId id;
  base::UnixMs delivered_ms = 0;  // last time; 0 once given back
  std::int64_t deliveries = 0;
  Consumer* owner = nullptr;  // null once given back

  StreamId key() const noexcept { return id; }
};

class Consumer {
 public:
  static constexpr base::UnixMs kNever = -1;

  // Of an entry that is pending for it; the rest stands in its group's list.
  struct Mark {
    StreamId id;

    StreamId key() const noexcept { return id; }
  };
  using Marks = OrderedChunks<Mark>;

  Consumer(std::string_view name, base::UnixMs now, std::size_t& bytes);
  ~Consumer();

  std::string_view name() const noexcept { return name_; }
  const Marks& pending() const noexcept { return pending_; }

  base::UnixMs seen_ms;             // when it last asked for anything
  base::UnixMs active_ms = kNever;  // when it last got something

 private:
  friend class ConsumerGroup;

  std::string name_;
  Marks pending_;
  std::size_t& bytes_;
};

class ConsumerGroup {
 public:
  using PendingList = OrderedChunks<Pending>;
  using Consumers = std::vector<std::unique_ptr<Consumer>>;

  // Adds what it takes from the allocator to `bytes`, which outlives it.
  ConsumerGroup(std::string_view name, std::size_t& bytes);
  ~ConsumerGroup();
  ConsumerGroup(const ConsumerGroup&) = delete;
  ConsumerGroup& operator=(const ConsumerGroup&) = delete;
  std::unique_ptr<ConsumerGroup> clone(std::size_t& bytes) const;

  std::string_view name() const noexcept { return name_; }

  StreamId last_delivered;
  // Entries that were read of all that the stream ever had; unknown where the group was set to a
  // place whose number nobody knows.
  std::optional<std::int64_t> entries_read;

  // --- consumers, in the order of their names
  const Consumers& consumers() const noexcept { return consumers_; }
  Consumer* find_consumer(std::string_view name) noexcept;
  Consumer& create_consumer(std::string_view name, base::UnixMs now);  // REQUIRES: there is none
  void erase_consumer(Consumer& consumer);  // with what is pending for it

  // --- pending entries
  const PendingList& pending() const noexcept { return pending_; }
  const Pending* find_pending(StreamId id) noexcept { return pending_.find(id); }

  // Makes an entry pending for `owner`, whoever had it before, in this state.
  void set_pending(StreamId id, Consumer* owner, base::UnixMs delivered_ms,
                   std::int64_t deliveries);
  bool erase_pending(StreamId id);  // true where it was pending

  // Up to `count_max` entries that were delivered at `until_ms` or earlier, longest ago first. The
  // first call takes O(n log n), later ones O(count_max).
  std::vector<Pending> delivered_until(base::UnixMs until_ms, std::size_t count_max);
  // When the longest unheard of entry was delivered; nothing where none is pending.
  std::optional<base::UnixMs> first_delivery();

 private:
  // Of a pending entry, in the order of delivery.
  struct Delivery {
    base::UnixMs ms;
    StreamId id;

    friend constexpr auto operator<=>(const Delivery&, const Delivery&) = default;
    Delivery key() const noexcept { return *this; }
  };
  using Deliveries = OrderedChunks<Delivery>;

  Consumers::iterator position_of(std::string_view name) noexcept;
  Deliveries& deliveries();

  std::string name_;
  Consumers consumers_;
  PendingList pending_;
  std::unique_ptr<Deliveries> deliveries_;  // of all pending entries, once somebody asked
  std::size_t& bytes_;
};

}  // namespace larder::value
