// What consumers were given but have not acknowledged: XACK, XACKDEL, XNACK, XPENDING.
#include <algorithm>
#include <limits>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/streams.h"
#include "families/streams_ids.h"
#include "families/streams_trim.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using value::ConsumerGroup;
using value::Pending;
using value::Stream;
using value::StreamId;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void xack(Context& ctx, Args args) {
  const auto stream = find_stream_for_read(ctx, ctx.key(args[1]));
  if (!stream) return;
  auto* group = *stream == nullptr ? nullptr : (*stream)->find_group(args[2]);
  if (group == nullptr) return ctx.reply.integer(0);
  const auto ids = read_stream_ids(ctx, args, 3);
  if (!ids) return;
  std::int64_t acknowledged = 0;
  for (const auto id : *ids) acknowledged += group->erase_pending(id) ? 1 : 0;
  if (acknowledged != 0) ctx.changed_silently();
  ctx.reply.integer(acknowledged);
}

// Only what is pending for this group is looked at; the rest does as XDELEX.
Removal acknowledge(Stream& stream, ConsumerGroup& group, StreamId id,
                    value::StreamReferences references) {
  if (!group.erase_pending(id)) return Removal::absent;
  if (remove(&stream, id, references) == Removal::spared) return Removal::spared;
  return Removal::removed;
}

void xackdel(Context& ctx, Args args) {
  const auto options = read_removal(ctx, args, 3);
  if (!options) return;
  const auto key = ctx.key(args[1]);
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return;
  const auto ids = read_stream_ids(ctx, options->ids, 0);
  if (!ids) return;

  auto* group = *stream == nullptr ? nullptr : (*stream)->find_group(args[2]);
  const auto length = *stream == nullptr ? 0 : (*stream)->length();
  bool any_acknowledged = false;
  ctx.reply.array(ids->size());
  for (const auto id : *ids) {
    const auto outcome =
        group == nullptr ? Removal::absent : acknowledge(**stream, *group, id, options->references);
    any_acknowledged |= outcome != Removal::absent;
    ctx.reply.integer(static_cast<std::int64_t>(outcome));
  }
  if (!any_acknowledged) return;
  if ((*stream)->length() != length) return ctx.changed(Event::stream, "xdel", key.name);
  ctx.changed_silently();
}

struct NackOptions {
  enum class Mode : std::uint8_t { silent, fail, fatal };

  Mode mode = Mode::fail;
  std::optional<std::int64_t> deliveries = {};
  bool creates = false;
  Args ids = {};
};

bool read_nack(Context& ctx, Args args, NackOptions& options) {
  ArgReader reader(args, 3);
  if (reader.take("silent")) {
    options.mode = NackOptions::Mode::silent;
  } else if (reader.take("fatal")) {
    options.mode = NackOptions::Mode::fatal;
  } else if (!reader.take("fail")) {
    reader.fail(command::errors::kSyntax);
  }
  while (reader.has_more()) {
    if (reader.take("force")) {
      options.creates = true;
    } else if (reader.remaining() >= 2 && reader.take("retrycount")) {
      options.deliveries = reader.integer(command::errors::kNotInteger, 0);
    } else if (!take_ids(reader, args, options.ids)) {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (options.ids.empty()) reader.fail(command::errors::kSyntax);
  if (!reader.ok()) ctx.reply.error(reader.error());
  return reader.ok();
}

std::int64_t deliveries_after(const NackOptions& options, std::int64_t deliveries) {
  if (options.deliveries) return *options.deliveries;
  if (options.mode == NackOptions::Mode::fatal) return std::numeric_limits<std::int64_t>::max();
  if (options.mode == NackOptions::Mode::silent) return std::max<std::int64_t>(deliveries - 1, 0);
  return deliveries;
}

// Gives an entry back to its group: it is pending for nobody, and the first to be claimed.
bool give_back(const Stream& stream, ConsumerGroup& group, StreamId id,
               const NackOptions& options) {
  const auto* pending = group.find_pending(id);
  if (pending == nullptr && !(options.creates && stream.contains(id))) return false;
  const auto deliveries = pending == nullptr ? 0 : pending->deliveries;
  group.set_pending(id, nullptr, 0, deliveries_after(options, deliveries));
  return true;
}

void xnack(Context& ctx, Args args) {
  NackOptions options;
  if (!read_nack(ctx, args, options)) return;
  const auto key = ctx.key(args[1]);
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return;
  auto* group = *stream == nullptr ? nullptr : (*stream)->find_group(args[2]);
  if (group == nullptr) return answer_no_group(ctx, GroupError::key_or_group, args[1], args[2]);
  const auto ids = read_stream_ids(ctx, options.ids, 0);
  if (!ids) return;
  std::int64_t given_back = 0;
  for (const auto id : *ids) given_back += give_back(**stream, *group, id, options) ? 1 : 0;
  if (given_back != 0) ctx.changed(Event::stream, "xnack", key.name);
  ctx.reply.integer(given_back);
}

// --- XPENDING

void answer_summary(Context& ctx, const ConsumerGroup& group) {
  const auto& pending = group.pending();
  ctx.reply.array(4);
  ctx.reply.integer(static_cast<std::int64_t>(pending.size()));
  if (pending.empty()) {
    ctx.reply.null();
    ctx.reply.null();
    return ctx.reply.null_array();
  }
  answer_id(ctx, pending.front().id);
  answer_id(ctx, pending.back().id);
  auto list = ctx.reply.defer();
  std::size_t consumers = 0;
  for (const auto& consumer : group.consumers()) {
    if (consumer->pending().empty()) continue;
    ctx.reply.array(2);
    ctx.reply.bulk(consumer->name());
    ctx.reply.bulk_integer(static_cast<std::int64_t>(consumer->pending().size()));
    ++consumers;
  }
  list.close_array(consumers);
}

struct PendingRange {
  StreamId first;
  StreamId last;
  std::int64_t count = 0;
  std::int64_t idle_min = 0;
  std::optional<std::string_view> consumer = {};
};

bool read_pending_range(Context& ctx, Args args, PendingRange& range) {
  std::size_t at = 3;
  if (base::equal_ignoring_case(args[at], "idle")) {
    const auto idle = base::parse_i64(args[at + 1]);
    if (!idle) {
      ctx.reply.error(command::errors::kNotInteger);
      return false;
    }
    constexpr std::size_t kWithRange = 8;
    if (args.size() < kWithRange) {
      ctx.reply.error(command::errors::kSyntax);
      return false;
    }
    range.idle_min = *idle;
    at += 2;
  }
  const auto count = base::parse_i64(args[at + 2]);
  if (!count) {
    ctx.reply.error(command::errors::kNotInteger);
    return false;
  }
  const auto first = read_range_end(ctx, args[at], RangeEnd::first);
  if (!first) return false;
  const auto last = read_range_end(ctx, args[at + 1], RangeEnd::last);
  if (!last) return false;
  range.first = *first;
  range.last = *last;
  range.count = std::max<std::int64_t>(*count, 0);
  if (at + 3 < args.size()) range.consumer = args[at + 3];
  return true;
}

void answer_pending(Context& ctx, const Pending& pending) {
  constexpr std::int64_t kNoTime = -1;  // of what was given back
  ctx.reply.array(4);
  answer_id(ctx, pending.id);
  ctx.reply.bulk(pending.owner == nullptr ? "" : pending.owner->name());
  ctx.reply.integer(pending.owner == nullptr
                        ? kNoTime
                        : std::max<std::int64_t>(ctx.now() - pending.delivered_ms, 0));
  ctx.reply.integer(pending.deliveries);
}

// `list` is the group's pending entries or a consumer's marks.
template <class List>
void answer_pending_range(Context& ctx, ConsumerGroup& group, const List& list,
                          const PendingRange& range) {
  auto reply = ctx.reply.defer();
  std::int64_t count = 0;
  for (auto at = list.lower_bound(range.first); at != list.end() && count < range.count;
       at = list.next(at)) {
    if (list[at].id > range.last) break;
    const auto& pending = *group.find_pending(list[at].id);
    if (range.idle_min != 0 && ctx.now() - pending.delivered_ms < range.idle_min) continue;
    answer_pending(ctx, pending);
    ++count;
  }
  reply.close_array(static_cast<std::size_t>(count));
}

void xpending(Context& ctx, Args args) {
  constexpr std::size_t kSummary = 3;
  constexpr std::size_t kRangeMin = 6;
  constexpr std::size_t kRangeMax = 9;
  const bool is_summary = args.size() == kSummary;
  if (!is_summary && (args.size() < kRangeMin || args.size() > kRangeMax)) {
    return ctx.reply.error(command::errors::kSyntax);
  }
  PendingRange range;
  if (!is_summary && !read_pending_range(ctx, args, range)) return;
  const auto stream = find_stream_for_read(ctx, ctx.key(args[1]));
  if (!stream) return;
  auto* group = *stream == nullptr ? nullptr : (*stream)->find_group(args[2]);
  if (group == nullptr) return answer_no_group(ctx, GroupError::key_or_group, args[1], args[2]);
  if (is_summary) return answer_summary(ctx, *group);
  if (!range.consumer) return answer_pending_range(ctx, *group, group->pending(), range);
  const auto* consumer = group->find_consumer(*range.consumer);
  if (consumer == nullptr) return ctx.reply.array(0);
  answer_pending_range(ctx, *group, consumer->pending(), range);
}

constexpr Spec kSpecs[] = {
    {.name = "xack",
     .arity = -4,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(log(N)) for each of the ids with N pending entries.",
     .summary = "Acknowledges entries that a group's consumers were given.",
     .arguments = "key group (id)+",
     .handler = xack},
    {.name = "xackdel",
     .arity = -6,
     .group = Group::stream,
     .since = "8.2.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::update | key_flag::remove),
     .complexity = "O(log(N)) for each of the ids and each group.",
     .summary = "Acknowledges entries and deletes them, or only those that all groups have "
                "acknowledged.",
     .arguments = "key group [<KEEPREF|DELREF|ACKED>] IDS numids:integer (id)+",
     .handler = xackdel},
    {.name = "xnack",
     .arity = -7,
     .group = Group::stream,
     .since = "8.8.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(log(N)) for each of the ids with N pending entries.",
     .summary = "Gives entries back to their group, to be claimed by another consumer.",
     .arguments = "key group <SILENT|FAIL|FATAL> IDS numids:integer (id)+ "
                  "[RETRYCOUNT count:integer] [FORCE]",
     .handler = xnack},
    {.name = "xpending",
     .arity = -3,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::readonly,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) for the N entries that are returned, those passed over for their idle "
                   "time among them.",
     .summary = "Returns what a group's consumers have not acknowledged.",
     .arguments = "key group [[IDLE min-idle-time:integer] start end count:integer [consumer]]",
     .tips = "nondeterministic_output",
     .handler = xpending},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs streams_pending() noexcept { return kSpecs; }

}  // namespace larder::families
