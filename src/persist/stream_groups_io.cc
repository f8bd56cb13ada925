// Consumer groups in a file: each with all that is pending, and whose it is by consumer.
//
// Entries that XNACK has given back belong to nobody, which this format cannot say: they are
// written as pending for a consumer without a name, delivered at time 0, and read back accordingly.
#include <algorithm>
#include <vector>

#include "codec/bytes.h"
#include "persist/stream_io.h"

namespace larder::persist {
namespace {

constexpr ReadFailure kGroup = "Duplicated consumer group name";
constexpr ReadFailure kEntriesRead = "Stream group counter out of range";
constexpr ReadFailure kPending = "Stream group pending entries out of order";
constexpr ReadFailure kConsumer = "Duplicate stream consumer detected";
constexpr ReadFailure kConsumerEntry = "Consumer entry not found in group global PEL";
constexpr ReadFailure kNoConsumer = "Stream CG PEL entry without consumer";
constexpr std::uint64_t kEntriesReadUnknown = ~std::uint64_t{0};

// A pending entry whose consumer is still to come.
struct Orphan {
  value::StreamId id;
  std::int64_t delivered_ms = 0;
  std::int64_t deliveries = 0;
  bool is_claimed = false;
};
using Orphans = std::vector<Orphan>;

ReadFailure read_pending(RdbReader& in, Orphans& orphans) {
  std::uint64_t count = 0;
  if (!in.length(count)) return read_failure::kCutOff;
  for (; count > 0; --count) {
    std::string_view raw;
    Orphan orphan;
    std::uint64_t deliveries = 0;
    if (!in.raw(kRawIdBytes, raw)) return read_failure::kCutOff;
    orphan.id = read_raw_id(raw);  // before the next read, which ends the view
    if (!in.milliseconds(orphan.delivered_ms) || !in.length(deliveries)) {
      return read_failure::kCutOff;
    }
    if (!orphans.empty() && orphans.back().id >= orphan.id) return kPending;
    orphan.deliveries = static_cast<std::int64_t>(std::min<std::uint64_t>(deliveries, INT64_MAX));
    orphans.push_back(orphan);
  }
  return read_failure::kNone;
}

ReadFailure read_consumer(RdbReader& in, RdbType type, value::ConsumerGroup& group,
                          Orphans& orphans) {
  RdbString name;
  std::int64_t seen_ms = 0;
  std::uint64_t count = 0;
  if (!in.string(name) || !in.milliseconds(seen_ms)) return read_failure::kCutOff;
  if (group.find_consumer(name.text()) != nullptr) return kConsumer;
  auto& consumer = group.create_consumer(name.text(), seen_ms);
  consumer.active_ms = seen_ms;
  if (type == RdbType::stream_3 && !in.milliseconds(consumer.active_ms)) {
    return read_failure::kCutOff;
  }
  if (!in.length(count)) return read_failure::kCutOff;
  bool was_given_back = false;
  for (; count > 0; --count) {
    std::string_view raw;
    if (!in.raw(kRawIdBytes, raw)) return read_failure::kCutOff;
    const auto id = read_raw_id(raw);
    const auto found = std::lower_bound(
        orphans.begin(), orphans.end(), id,
        [](const Orphan& orphan, const value::StreamId& wanted) { return orphan.id < wanted; });
    if (found == orphans.end() || found->id != id || found->is_claimed) return kConsumerEntry;
    found->is_claimed = true;
    const bool is_given_back = name.text().empty() && found->delivered_ms == 0;
    was_given_back |= is_given_back;
    group.set_pending(id, is_given_back ? nullptr : &consumer, found->delivered_ms,
                      found->deliveries);
  }
  if (was_given_back && consumer.pending().empty()) group.erase_consumer(consumer);
  return read_failure::kNone;
}

ReadFailure read_counter(RdbReader& in, RdbType type, const value::Stream& stream,
                         value::ConsumerGroup& group) {
  if (type == RdbType::stream) {  // does not say it
    group.entries_read = stream.number_of(group.last_delivered);
    return read_failure::kNone;
  }
  std::uint64_t entries_read = 0;
  if (!in.length(entries_read)) return read_failure::kCutOff;
  if (entries_read == kEntriesReadUnknown) {
    group.entries_read = std::nullopt;
  } else if (entries_read > INT64_MAX) {
    return kEntriesRead;
  } else {
    group.entries_read = static_cast<std::int64_t>(entries_read);
  }
  return read_failure::kNone;
}

ReadFailure read_group(RdbReader& in, RdbType type, value::Stream& stream) {
  RdbString name;
  value::StreamId last_delivered;
  if (!in.string(name) || !read_id(in, last_delivered)) return read_failure::kCutOff;
  if (stream.find_group(name.text()) != nullptr) return kGroup;
  auto& group = stream.create_group(name.text());
  group.last_delivered = last_delivered;
  if (const auto failure = read_counter(in, type, stream, group); !failure.empty()) return failure;

  Orphans orphans;
  if (const auto failure = read_pending(in, orphans); !failure.empty()) return failure;
  std::uint64_t consumers = 0;
  if (!in.length(consumers)) return read_failure::kCutOff;
  for (; consumers > 0; --consumers) {
    const auto failure = read_consumer(in, type, group, orphans);
    if (!failure.empty()) return failure;
  }
  const bool all_claimed = std::all_of(orphans.begin(), orphans.end(),
                                       [](const Orphan& orphan) { return orphan.is_claimed; });
  return all_claimed ? read_failure::kNone : kNoConsumer;
}

void write_consumer(RdbWriter& out, std::string_view name, std::int64_t seen_ms,
                    const std::vector<value::StreamId>& pending) {
  out.string(name);
  out.milliseconds(seen_ms);
  out.length(pending.size());
  for (const auto id : pending) write_raw_id(out, id);
}

void write_group(RdbWriter& out, const value::ConsumerGroup& group) {
  out.string(group.name());
  write_id(out, group.last_delivered);
  out.length(group.entries_read ? static_cast<std::uint64_t>(*group.entries_read)
                                : kEntriesReadUnknown);
  std::vector<value::StreamId> given_back;
  out.length(group.pending().size());
  for_each_record(group.pending(), [&](const value::Pending& pending) {
    write_raw_id(out, pending.id);
    out.milliseconds(pending.owner == nullptr ? 0 : pending.delivered_ms);
    out.length(static_cast<std::uint64_t>(pending.deliveries));
    if (pending.owner == nullptr) given_back.push_back(pending.id);
  });

  const auto& consumers = group.consumers();
  const bool has_nameless = !consumers.empty() && consumers.front()->name().empty();
  out.length(consumers.size() + (given_back.empty() || has_nameless ? 0 : 1));
  if (!given_back.empty() && !has_nameless) write_consumer(out, "", 0, given_back);
  for (const auto& consumer : consumers) {
    std::vector<value::StreamId> pending;
    for_each_record(consumer->pending(),
                    [&pending](const value::Consumer::Mark& mark) { pending.push_back(mark.id); });
    if (consumer->name().empty()) {
      pending.insert(pending.end(), given_back.begin(), given_back.end());
    }
    write_consumer(out, consumer->name(), consumer->seen_ms, pending);
  }
}

}  // namespace

value::StreamId read_raw_id(std::string_view bytes) noexcept {
  return {codec::read_be64(bytes.data()), codec::read_be64(bytes.data() + 8)};
}

void write_raw_id(RdbWriter& out, value::StreamId id) {
  char bytes[kRawIdBytes];
  codec::write_be64(bytes, id.ms);
  codec::write_be64(bytes + 8, id.seq);
  out.raw({bytes, sizeof bytes});
}

bool read_id(RdbReader& in, value::StreamId& id) { return in.length(id.ms) && in.length(id.seq); }

void write_id(RdbWriter& out, value::StreamId id) {
  out.length(id.ms);
  out.length(id.seq);
}

ReadFailure read_stream_groups(RdbReader& in, RdbType type, value::Stream& stream) {
  std::uint64_t groups = 0;
  if (!in.length(groups)) return read_failure::kCutOff;
  for (; groups > 0; --groups) {
    if (const auto failure = read_group(in, type, stream); !failure.empty()) return failure;
  }
  return read_failure::kNone;
}

void write_stream_groups(RdbWriter& out, const value::Stream& stream) {
  out.length(stream.groups().size());
  for (const auto& group : stream.groups()) write_group(out, *group);
}

}  // namespace larder::persist
