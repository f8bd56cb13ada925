// XCLAIM and XAUTOCLAIM: a consumer takes over what others were given and did not acknowledge.
#include "families/streams_claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/streams.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using value::Consumer;
using value::ConsumerGroup;
using value::Stream;
using value::StreamId;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

struct ClaimOptions {
  std::int64_t idle_min = 0;
  std::vector<StreamId> ids = {};
  std::optional<base::UnixMs> delivered_ms = {};
  std::optional<std::int64_t> deliveries = {};
  bool creates = false;
  bool only_ids = false;
  StreamId last_delivered = {};
};

// IDLE and TIME that lie in the future, or before all time, mean now: clients reckon with clocks of
// their own.
base::UnixMs sane_time(base::UnixMs time, base::UnixMs now) {
  return time < 0 || time > now ? now : time;
}

// Takes one option; none where the next argument is not one.
void read_claim_option(ArgReader& reader, base::UnixMs now, ClaimOptions& options) {
  const bool has_value = reader.remaining() >= 2;
  if (reader.take("force")) {
    options.creates = true;
  } else if (reader.take("justid")) {
    options.only_ids = true;
  } else if (has_value && reader.take("idle")) {
    const auto idle = reader.integer("ERR Invalid IDLE option argument for XCLAIM");
    options.delivered_ms = idle < 0 ? now : sane_time(now - idle, now);
  } else if (has_value && reader.take("time")) {
    const auto time = reader.integer("ERR Invalid TIME option argument for XCLAIM");
    options.delivered_ms = sane_time(time, now);
  } else if (has_value && reader.take("retrycount")) {
    const auto count = reader.integer("ERR Invalid RETRYCOUNT option argument for XCLAIM");
    options.deliveries = std::nullopt;
    if (count >= 0) options.deliveries = count;
  } else if (has_value && reader.take("lastid")) {
    const auto id = value::parse_stream_id(reader.next(), 0);
    if (!id) reader.fail(kInvalidStreamId);
    options.last_delivered = id.value_or(StreamId{});
  }
}

bool read_claim(Context& ctx, Args args, ClaimOptions& options) {
  const auto idle_min = base::parse_i64(args[4]);
  if (!idle_min) {
    ctx.reply.error("ERR Invalid min-idle-time argument for XCLAIM");
    return false;
  }
  options.idle_min = std::max<std::int64_t>(*idle_min, 0);
  std::size_t at = 5;
  for (; at < args.size(); ++at) {
    const auto id = value::parse_stream_id(args[at], 0);
    if (!id) break;
    options.ids.push_back(*id);
  }
  ArgReader reader(args, at);
  while (reader.has_more()) {
    const auto before = reader.position();
    read_claim_option(reader, ctx.wall_ms(), options);
    if (reader.ok() && reader.position() == before) {
      ctx.reply.error(fmt::format("ERR Unrecognized XCLAIM option '{}'", args[before]));
      return false;
    }
  }
  if (!reader.ok()) ctx.reply.error(reader.error());
  return reader.ok();
}

// The consumer of this name, made where there is none.
Consumer& consumer_named(Context& ctx, ConsumerGroup& group, std::string_view name,
                         std::string_view key) {
  auto& consumer = find_or_create_consumer(ctx, group, name, key);
  consumer.seen_ms = ctx.wall_ms();
  return consumer;
}

void answer_claimed(Context& ctx, const Stream& stream, StreamId id, bool only_ids) {
  if (only_ids) {
    answer_id(ctx, id);
  } else {
    answer_entry(ctx, stream, id);
  }
}

// Claims one entry and answers it; false where it stays with whom it was.
bool claim(Context& ctx, std::string_view key, Stream& stream, ConsumerGroup& group,
           Consumer& consumer, StreamId id, const ClaimOptions& options, bool& has_changed) {
  const auto* pending = group.find_pending(id);
  if (!stream.contains(id)) {
    if (group.erase_pending(id)) {
      has_changed = true;
      journal_gone(ctx, key, group, id);
    }
    return false;
  }
  if (pending == nullptr && !options.creates) return false;
  if (pending != nullptr && pending->owner != nullptr && options.idle_min != 0 &&
      ctx.now() - pending->delivered_ms < options.idle_min) {
    return false;
  }
  const auto before = pending == nullptr ? 1 : pending->deliveries;
  const auto deliveries = options.only_ids ? before : one_more(before);
  group.set_pending(id, &consumer, options.delivered_ms.value_or(ctx.wall_ms()),
                    options.deliveries.value_or(deliveries));
  journal_pending(ctx, key, group, consumer, id);
  consumer.active_ms = ctx.wall_ms();
  answer_claimed(ctx, stream, id, options.only_ids);
  has_changed = true;
  return true;
}

void xclaim(Context& ctx, Args args) {
  const auto found = find_stream_for_read(ctx, ctx.key(args[1]));
  if (!found) return;
  auto* group = *found == nullptr ? nullptr : (*found)->find_group(args[2]);
  if (group == nullptr) return answer_no_group(ctx, GroupError::key_or_group, args[1], args[2]);
  ClaimOptions options;
  if (!read_claim(ctx, args, options)) return;

  bool has_changed = false;
  if (options.last_delivered > group->last_delivered) {
    group->last_delivered = options.last_delivered;
    has_changed = true;
    journal_position(ctx, args[1], *group);
  }
  auto& consumer = consumer_named(ctx, *group, args[3], args[1]);
  auto list = ctx.reply.defer();
  std::size_t claimed = 0;
  for (const auto id : options.ids) {
    claimed += claim(ctx, args[1], **found, *group, consumer, id, options, has_changed) ? 1 : 0;
  }
  list.close_array(claimed);
  if (has_changed) ctx.changed_silently();
}

// --- XAUTOCLAIM

struct AutoClaimOptions {
  std::int64_t idle_min = 0;
  StreamId start = {};
  std::int64_t count = 100;
  bool only_ids = false;
};

bool read_auto_claim(Context& ctx, Args args, AutoClaimOptions& options) {
  const auto idle_min = base::parse_i64(args[4]);
  if (!idle_min) {
    ctx.reply.error("ERR Invalid min-idle-time argument for XAUTOCLAIM");
    return false;
  }
  options.idle_min = std::max<std::int64_t>(*idle_min, 0);
  const auto start = read_range_end(ctx, args[5], RangeEnd::first);
  if (!start) return false;
  options.start = *start;
  ArgReader reader(args, 6);
  while (reader.has_more()) {
    constexpr auto kCountMax = std::numeric_limits<std::int64_t>::max() / 16;
    if (reader.remaining() >= 2 && reader.take("count")) {
      options.count = reader.integer("ERR COUNT must be > 0", 1, kCountMax);
    } else if (reader.take("justid")) {
      options.only_ids = true;
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (!reader.ok()) ctx.reply.error(reader.error());
  return reader.ok();
}

struct AutoClaimed {
  std::vector<StreamId> claimed = {};
  std::vector<StreamId> gone = {};  // pending, but no longer in the stream
  StreamId next = {};               // where to go on; 0-0: all were looked at
};

// Looks at no more than ten times as many entries as may be claimed.
AutoClaimed claim_idle(const Stream& stream, ConsumerGroup& group, Consumer& consumer,
                       const AutoClaimOptions& options, base::UnixMs now) {
  constexpr std::int64_t kLooksPerClaim = 10;
  AutoClaimed result;
  const auto& pending = group.pending();
  auto at = pending.lower_bound(options.start);
  auto count = options.count;
  for (auto looks = options.count * kLooksPerClaim; looks > 0 && count > 0; --looks) {
    if (at == pending.end()) break;
    const auto each = pending[at];
    if (!stream.contains(each.id)) {
      group.erase_pending(each.id);
      at = pending.lower_bound(each.id);
      result.gone.push_back(each.id);
      --count;
      continue;
    }
    at = pending.next(at);
    if (options.idle_min != 0 && now - each.delivered_ms < options.idle_min) continue;
    group.set_pending(each.id, &consumer, now,
                      options.only_ids ? each.deliveries : one_more(each.deliveries));
    result.claimed.push_back(each.id);
    --count;
  }
  if (at != pending.end()) result.next = pending[at].id;
  return result;
}

void xautoclaim(Context& ctx, Args args) {
  AutoClaimOptions options;
  if (!read_auto_claim(ctx, args, options)) return;
  const auto found = find_stream_for_read(ctx, ctx.key(args[1]));
  if (!found) return;
  auto* group = *found == nullptr ? nullptr : (*found)->find_group(args[2]);
  if (group == nullptr) return answer_no_group(ctx, GroupError::key_or_group, args[1], args[2]);

  auto& consumer = consumer_named(ctx, *group, args[3], args[1]);
  const auto result = claim_idle(**found, *group, consumer, options, ctx.now());
  if (!result.claimed.empty()) consumer.active_ms = ctx.now();
  ctx.reply.array(3);
  answer_id(ctx, result.next);
  ctx.reply.array(result.claimed.size());
  for (const auto id : result.claimed) {
    answer_claimed(ctx, **found, id, options.only_ids);
    journal_pending(ctx, args[1], *group, consumer, id);
  }
  ctx.reply.array(result.gone.size());
  for (const auto id : result.gone) {
    answer_id(ctx, id);
    journal_gone(ctx, args[1], *group, id);
  }
  if (!result.claimed.empty() || !result.gone.empty()) ctx.changed_silently();
}

constexpr Spec kSpecs[] = {
    {.name = "xautoclaim",
     .arity = -6,
     .group = Group::stream,
     .since = "6.2.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .complexity = "O(log(N)) for each of the entries with N pending ones.",
     .summary = "Makes entries that have been pending for long a consumer's own.",
     .arguments = "key group consumer min-idle-time start [COUNT count:integer] [JUSTID]",
     .tips = "nondeterministic_output",
     .handler = xautoclaim},
    {.name = "xclaim",
     .arity = -6,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(log(N)) for each of the ids with N pending entries.",
     .summary = "Makes pending entries a consumer's own.",
     .arguments = "key group consumer min-idle-time (id)+ [IDLE ms:integer] "
                  "[TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] [FORCE] "
                  "[JUSTID] [LASTID lastid]",
     .tips = "nondeterministic_output",
     .handler = xclaim},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs streams_claim() noexcept { return kSpecs; }

}  // namespace larder::families
