// How an entry becomes a consumer's own: what reading and claiming share.
#pragma once

#include <cstdint>
#include <limits>

#include "command/context.h"
#include "families/journal_forms.h"
#include "value/stream.h"

namespace larder::families {

// The consumer of this name in a group of `key`'s stream, made (and told of) where there is none.
inline value::Consumer& find_or_create_consumer(command::Context& ctx, value::ConsumerGroup& group,
                                                std::string_view name, std::string_view key) {
  if (auto* consumer = group.find_consumer(name)) return *consumer;
  auto& created = group.create_consumer(name, ctx.wall_ms());
  ctx.changed(command::Event::stream, "xgroup-createconsumer", key);
  ctx.journal("XGROUP", "CREATECONSUMER", key, group.name(), name);
  return created;
}

// What stands in the journal for an entry that is pending for a consumer now.
inline void journal_pending(command::Context& ctx, std::string_view key,
                            value::ConsumerGroup& group, const value::Consumer& consumer,
                            value::StreamId id) {
  if (!ctx.is_journaled()) return;
  const auto* pending = group.find_pending(id);
  value::StreamIdText text;
  value::StreamIdText last;
  ctx.journal("XCLAIM", key, group.name(), consumer.name(), 0, value::to_text(id, text), "TIME",
              pending->delivered_ms, "RETRYCOUNT", pending->deliveries, "FORCE", "JUSTID", "LASTID",
              value::to_text(group.last_delivered, last));
}

// The same for an entry that is no longer pending since the stream does not have it any more.
inline void journal_gone(command::Context& ctx, std::string_view key,
                         const value::ConsumerGroup& group, value::StreamId id) {
  value::StreamIdText text;
  ctx.journal("XACK", key, group.name(), value::to_text(id, text));
}

// And for how far a group has read.
inline void journal_position(command::Context& ctx, std::string_view key,
                             const value::ConsumerGroup& group) {
  value::StreamIdText last;
  ctx.journal("XGROUP", "SETID", key, group.name(), value::to_text(group.last_delivered, last),
              "ENTRIESREAD", group.entries_read.value_or(-1));
}

// A number of deliveries with one more; XNACK FATAL sets it to the most that there are.
inline std::int64_t one_more(std::int64_t deliveries) noexcept {
  return deliveries == std::numeric_limits<std::int64_t>::max() ? deliveries : deliveries + 1;
}

}  // namespace larder::families
