// How an entry becomes a consumer's own: what reading and claiming share.
#pragma once

#include <cstdint>
#include <limits>

#include "command/context.h"
#include "value/stream.h"

namespace larder::families {

// The consumer of this name in a group of `key`'s stream, made (and told of) where there is none.
inline value::Consumer& find_or_create_consumer(command::Context& ctx, value::ConsumerGroup& group,
                                                std::string_view name, std::string_view key) {
  if (auto* consumer = group.find_consumer(name)) return *consumer;
  auto& created = group.create_consumer(name, ctx.now());
  ctx.changed(command::Event::stream, "xgroup-createconsumer", key);
  return created;
}

// A number of deliveries with one more; XNACK FATAL sets it to the most that there are.
inline std::int64_t one_more(std::int64_t deliveries) noexcept {
  return deliveries == std::numeric_limits<std::int64_t>::max() ? deliveries : deliveries + 1;
}

}  // namespace larder::families
