// XINFO: what a stream, its groups and their consumers are like.
#include <algorithm>

#include "base/numbers.h"
#include "command/arguments.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/streams.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using value::Consumer;
using value::ConsumerGroup;
using value::Stream;
using value::StreamCursor;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// nullptr where there is no stream, which has been answered.
const Stream* find_stream(Context& ctx, std::string_view name) {
  const auto stream = find_stream_for_read(ctx, ctx.key(name));
  if (!stream) return nullptr;
  if (*stream == nullptr) ctx.reply.error(command::errors::kNoSuchKey);
  return *stream;
}

void answer(Context& ctx, std::string_view name, std::int64_t value) {
  ctx.reply.bulk(name);
  ctx.reply.integer(value);
}
void answer(Context& ctx, std::string_view name, std::size_t value) {
  answer(ctx, name, static_cast<std::int64_t>(value));
}
void answer(Context& ctx, std::string_view name, value::StreamId id) {
  ctx.reply.bulk(name);
  answer_id(ctx, id);
}
void answer(Context& ctx, std::string_view name, std::optional<std::int64_t> value) {
  if (value) return answer(ctx, name, *value);
  ctx.reply.bulk(name);
  ctx.reply.null();
}
void answer(Context& ctx, std::string_view name, std::string_view text) {
  ctx.reply.bulk(name);
  ctx.reply.bulk(text);
}

// --- XINFO STREAM

constexpr std::size_t kCommonFields = 7;
constexpr std::size_t kProducersFields = 6;

// Nodes are what Redis keeps under keys of a radix tree, which has at least one node more.
void answer_common(Context& ctx, const Stream& stream) {
  const auto nodes = stream.nodes().size();
  answer(ctx, "length", stream.length());
  answer(ctx, "radix-tree-keys", nodes);
  answer(ctx, "radix-tree-nodes", nodes + 1);
  answer(ctx, "last-generated-id", stream.last_id());
  answer(ctx, "max-deleted-entry-id", stream.max_deleted_id());
  answer(ctx, "entries-added", static_cast<std::int64_t>(stream.entries_added()));
  answer(ctx, "recorded-first-entry-id", stream.first_entry());
}

// Fields that only streams have which XADD IDMP or XCFGSET was used on.
std::size_t producers_fields(const Stream& stream) {
  return stream.producers() == nullptr ? 0 : kProducersFields;
}
void answer_producers(Context& ctx, const Stream& stream) {
  const auto* producers = stream.producers();
  if (producers == nullptr) return;
  answer(ctx, "idmp-duration", producers->limits().duration_s);
  answer(ctx, "idmp-maxsize", producers->limits().requests_max);
  answer(ctx, "pids-tracked", producers->producer_count());
  answer(ctx, "iids-tracked", producers->request_count());
  answer(ctx, "iids-added", static_cast<std::int64_t>(producers->added()));
  answer(ctx, "iids-duplicates", static_cast<std::int64_t>(producers->duplicates()));
}

void answer_edge(Context& ctx, const Stream& stream, StreamCursor::Direction direction) {
  StreamCursor cursor(stream, value::kFirstStreamId, value::kLastStreamId, direction);
  if (cursor.next()) return answer_entry(ctx, cursor);
  ctx.reply.null();
}

void answer_stream(Context& ctx, const Stream& stream) {
  ctx.reply.map(kCommonFields + producers_fields(stream) + 3);
  answer_common(ctx, stream);
  answer_producers(ctx, stream);
  answer(ctx, "groups", stream.groups().size());
  ctx.reply.bulk("first-entry");
  answer_edge(ctx, stream, StreamCursor::Direction::forward);
  ctx.reply.bulk("last-entry");
  answer_edge(ctx, stream, StreamCursor::Direction::backward);
}

// Calls `answer_one` for the first `count_max` records (0: all), as an array.
template <class List, class AnswerOne>
void answer_first(Context& ctx, const List& list, std::uint64_t count_max, AnswerOne answer_one) {
  const auto count = count_max == 0 ? list.size() : std::min<std::uint64_t>(count_max, list.size());
  ctx.reply.array(count);
  auto at = list.begin();
  for (std::uint64_t i = 0; i < count; ++i, at = list.next(at)) answer_one(list[at]);
}

void answer_consumer_in_full(Context& ctx, ConsumerGroup& group, const Consumer& consumer,
                             std::uint64_t count_max) {
  ctx.reply.map(5);
  answer(ctx, "name", consumer.name());
  answer(ctx, "seen-time", consumer.seen_ms);
  answer(ctx, "active-time", consumer.active_ms);
  answer(ctx, "pel-count", consumer.pending().size());
  ctx.reply.bulk("pending");
  answer_first(ctx, consumer.pending(), count_max, [&](const Consumer::Mark& mark) {
    const auto& pending = *group.find_pending(mark.id);
    ctx.reply.array(3);
    answer_id(ctx, mark.id);
    ctx.reply.integer(pending.delivered_ms);
    ctx.reply.integer(pending.deliveries);
  });
}

void answer_group_in_full(Context& ctx, const Stream& stream, ConsumerGroup& group,
                          std::uint64_t count_max) {
  ctx.reply.map(7);
  answer(ctx, "name", group.name());
  answer(ctx, "last-delivered-id", group.last_delivered);
  answer(ctx, "entries-read", group.entries_read);
  answer(ctx, "lag", stream.lag_of(group));
  answer(ctx, "pel-count", group.pending().size());
  ctx.reply.bulk("pending");
  answer_first(ctx, group.pending(), count_max, [&](const value::Pending& pending) {
    ctx.reply.array(4);
    answer_id(ctx, pending.id);
    ctx.reply.bulk(pending.owner == nullptr ? "" : pending.owner->name());
    ctx.reply.integer(pending.delivered_ms);
    ctx.reply.integer(pending.deliveries);
  });
  ctx.reply.bulk("consumers");
  ctx.reply.array(group.consumers().size());
  for (const auto& consumer : group.consumers()) {
    answer_consumer_in_full(ctx, group, *consumer, count_max);
  }
}

void answer_stream_in_full(Context& ctx, const Stream& stream, std::uint64_t count_max) {
  ctx.reply.map(kCommonFields + producers_fields(stream) + 2);
  answer_common(ctx, stream);
  answer_producers(ctx, stream);
  ctx.reply.bulk("entries");
  answer_entries(ctx, StreamCursor(stream, value::kFirstStreamId, value::kLastStreamId), count_max);
  ctx.reply.bulk("groups");
  ctx.reply.array(stream.groups().size());
  for (const auto& group : stream.groups()) {
    answer_group_in_full(ctx, stream, *group, count_max);
  }
}

// "[FULL [COUNT count]]"
void info_stream(Context& ctx, Args args) {
  const auto* stream = find_stream(ctx, args[2]);
  if (stream == nullptr) return;
  constexpr std::size_t kPlain = 3;
  constexpr std::size_t kFull = 4;
  constexpr std::size_t kFullWithCount = 6;
  if (args.size() == kPlain) return answer_stream(ctx, *stream);
  const bool is_full = base::equal_ignoring_case(args[3], "full");
  const bool has_count =
      args.size() == kFullWithCount && base::equal_ignoring_case(args[4], "count");
  if (!is_full || (args.size() != kFull && !has_count)) return answer_subcommand_error(ctx, args);
  constexpr std::int64_t kUsualCount = 10;
  std::optional<std::int64_t> count = kUsualCount;
  if (has_count) count = base::parse_i64(args[5]);
  if (!count) return ctx.reply.error(command::errors::kNotInteger);
  if (*count < 0) count = kUsualCount;
  answer_stream_in_full(ctx, *stream, static_cast<std::uint64_t>(*count));
}

// --- XINFO GROUPS and CONSUMERS

void info_groups(Context& ctx, Args args) {
  const auto* stream = find_stream(ctx, args[2]);
  if (stream == nullptr) return;
  ctx.reply.array(stream->groups().size());
  for (const auto& group : stream->groups()) {
    ctx.reply.map(6);
    answer(ctx, "name", group->name());
    answer(ctx, "consumers", group->consumers().size());
    answer(ctx, "pending", group->pending().size());
    answer(ctx, "last-delivered-id", group->last_delivered);
    answer(ctx, "entries-read", group->entries_read);
    answer(ctx, "lag", stream->lag_of(*group));
  }
}

void info_consumers(Context& ctx, Args args) {
  const auto* stream = find_stream(ctx, args[2]);
  if (stream == nullptr) return;
  const auto* group = stream->find_group(args[3]);
  if (group == nullptr) return answer_no_group(ctx, GroupError::group_for_key, args[2], args[3]);
  ctx.reply.array(group->consumers().size());
  for (const auto& consumer : group->consumers()) {
    const bool was_active = consumer->active_ms != Consumer::kNever;
    ctx.reply.map(4);
    answer(ctx, "name", consumer->name());
    answer(ctx, "pending", consumer->pending().size());
    answer(ctx, "idle", std::max<std::int64_t>(ctx.now() - consumer->seen_ms, 0));
    answer(ctx, "inactive", was_active ? ctx.now() - consumer->active_ms : Consumer::kNever);
  }
}

constexpr Spec question(std::string_view name, std::int16_t arity, std::string_view summary,
                        std::string_view arguments, std::string_view complexity,
                        std::string_view tips, command::Handler handler) {
  return {.name = name,
          .arity = arity,
          .group = Group::stream,
          .since = "5.0.0",
          .flags = flag::readonly,
          .categories = category::stream,
          .keys = keys::at(2, key_flag::ro | key_flag::access),
          .complexity = complexity,
          .summary = summary,
          .arguments = arguments,
          .tips = tips,
          .handler = handler};
}

constexpr Spec kSubcommands[] = {
    question("consumers", 4, "Returns the consumers of a group.", "key group",
             "O(N) for the N consumers.", "nondeterministic_output", info_consumers),
    question("groups", 3, "Returns the consumer groups of a stream.", "key",
             "O(N) for the N groups.", "", info_groups),
    command::help_spec(Group::stream, "5.0.0", category::stream),
    question("stream", -3, "Returns what a stream is like; FULL: with entries and groups.",
             "key [FULL [COUNT count:integer]]", "O(1); with FULL O(N) for all that is returned.",
             "", info_stream),
};

constexpr Spec kSpecs[] = {
    {.name = "xinfo",
     .arity = -2,
     .group = Group::stream,
     .since = "5.0.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for questions about streams and their groups.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs streams_info() noexcept { return kSpecs; }

}  // namespace larder::families
