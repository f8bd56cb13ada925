// The commands on a stream's entries without groups: XLEN, XRANGE, XREVRANGE, XDEL, XDELEX, XSETID.
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
using value::Stream;
using value::StreamCursor;
using value::StreamId;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void xlen(Context& ctx, Args args) {
  const auto stream = find_stream_for_read(ctx, ctx.key(args[1]));
  if (!stream) return;
  ctx.reply.integer(*stream == nullptr ? 0 : static_cast<std::int64_t>((*stream)->length()));
}

// COUNT's number: -1 where it was not said; nothing where the options are wrong, which has been
// answered.
std::optional<std::int64_t> read_count(Context& ctx, Args args) {
  std::int64_t count = -1;
  ArgReader reader(args, 4);
  while (reader.has_more()) {
    if (reader.remaining() >= 2 && reader.take("count")) {
      count = std::max<std::int64_t>(reader.integer(), 0);
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (reader.ok()) return count;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

void range(Context& ctx, Args args, std::string_view first_text, std::string_view last_text,
           StreamCursor::Direction direction) {
  const auto first = read_range_end(ctx, first_text, RangeEnd::first);
  if (!first) return;
  const auto last = read_range_end(ctx, last_text, RangeEnd::last);
  if (!last) return;
  const auto count = read_count(ctx, args);
  if (!count) return;
  const auto stream = find_stream_for_read(ctx, ctx.key(args[1]));
  if (!stream) return;
  if (*stream == nullptr) return ctx.reply.array(0);
  if (*count == 0) return ctx.reply.null_array();
  answer_entries(ctx, StreamCursor(**stream, *first, *last, direction),
                 *count < 0 ? 0 : static_cast<std::uint64_t>(*count));
}

void xrange(Context& ctx, Args args) {
  range(ctx, args, args[2], args[3], StreamCursor::Direction::forward);
}

void xrevrange(Context& ctx, Args args) {
  range(ctx, args, args[3], args[2], StreamCursor::Direction::backward);
}

void xdel(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return;
  if (*stream == nullptr) return ctx.reply.integer(0);
  const auto ids = read_stream_ids(ctx, args, 2);
  if (!ids) return;
  std::int64_t deleted = 0;
  for (const auto id : *ids) deleted += (*stream)->erase(id) ? 1 : 0;
  if (deleted != 0) ctx.changed(Event::stream, "xdel", key.name);
  ctx.reply.integer(deleted);
}

void xdelex(Context& ctx, Args args) {
  const auto options = read_removal(ctx, args, 2);
  if (!options) return;
  const auto key = ctx.key(args[1]);
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return;
  const auto ids = read_stream_ids(ctx, options->ids, 0);
  if (!ids) return;

  bool any_deleted = false;
  ctx.reply.array(ids->size());
  for (const auto id : *ids) {
    const auto outcome = remove(*stream, id, options->references);
    any_deleted |= outcome == Removal::removed;
    ctx.reply.integer(static_cast<std::int64_t>(outcome));
  }
  if (any_deleted) ctx.changed(Event::stream, "xdel", key.name);
}

struct SetIdOptions {
  StreamId last;
  std::optional<std::int64_t> entries_added = {};
  StreamId max_deleted = {};  // 0-0: as it is
};

bool read_set_id(Context& ctx, Args args, SetIdOptions& options) {
  const auto last = read_stream_id(ctx, args[2]);
  if (!last) return false;
  options.last = *last;
  ArgReader reader(args, 3);
  while (reader.has_more()) {
    if (reader.remaining() >= 2 && reader.take("entriesadded")) {
      options.entries_added = reader.integer();
      if (*options.entries_added < 0) reader.fail("ERR entries_added must be positive");
    } else if (reader.remaining() >= 2 && reader.take("maxdeletedid")) {
      const auto id = value::parse_stream_id(reader.next(), 0);
      if (!id) reader.fail(kInvalidStreamId);
      options.max_deleted = id.value_or(StreamId{});
      if (options.last < options.max_deleted) {
        reader.fail(
            "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (!reader.ok()) ctx.reply.error(reader.error());
  return reader.ok();
}

// What speaks against the new last id and count; empty where nothing does.
std::string_view objection(const Stream& stream, const SetIdOptions& options) {
  if (options.last < stream.max_deleted_id()) {
    return "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
  }
  if (stream.length() == 0) return {};
  if (options.last < stream.last_entry()) {
    return "ERR The ID specified in XSETID is smaller than the target stream top item";
  }
  if (options.entries_added &&
      stream.length() > static_cast<std::uint64_t>(*options.entries_added)) {
    return "ERR The entries_added specified in XSETID is smaller than the target stream length";
  }
  return {};
}

void xsetid(Context& ctx, Args args) {
  SetIdOptions options;
  if (!read_set_id(ctx, args, options)) return;
  const auto key = ctx.key(args[1]);
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return;
  if (*stream == nullptr) return ctx.reply.error(command::errors::kNoSuchKey);
  const auto error = objection(**stream, options);
  if (!error.empty()) return ctx.reply.error(error);

  (*stream)->set_last_id(options.last);
  if (options.entries_added) {
    (*stream)->set_entries_added(static_cast<std::uint64_t>(*options.entries_added));
  }
  if (!options.max_deleted.is_zero()) (*stream)->set_max_deleted_id(options.max_deleted);
  ctx.changed(Event::stream, "xsetid", key.name);
  ctx.reply.ok();
}

constexpr Spec range_spec(std::string_view name, std::string_view summary,
                          std::string_view arguments, command::Handler handler) {
  return {
      .name = name,
      .arity = -4,
      .group = Group::stream,
      .since = "5.0.0",
      .flags = flag::readonly,
      .categories = category::stream,
      .keys = keys::at(1, key_flag::ro | key_flag::access),
      .complexity = "O(N) for the N entries that are returned, O(log(M)) to find the first of M.",
      .summary = summary,
      .arguments = arguments,
      .handler = handler};
}

constexpr Spec kSpecs[] = {
    {.name = "xdel",
     .arity = -3,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .complexity = "O(log(M)) for each of the ids in a stream of M entries.",
     .summary = "Deletes entries from a stream and returns how many were there.",
     .arguments = "key (id)+",
     .handler = xdel},
    {.name = "xdelex",
     .arity = -5,
     .group = Group::stream,
     .since = "8.2.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .complexity = "O(log(M)) for each of the ids and each group.",
     .summary = "Deletes entries with the groups' references to them, or only those that all "
                "groups have acknowledged.",
     .arguments = "key [<KEEPREF|DELREF|ACKED>] IDS numids:integer (id)+",
     .handler = xdelex},
    {.name = "xlen",
     .arity = 2,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::ro),
     .complexity = "O(1)",
     .summary = "Returns how many entries a stream has.",
     .arguments = "key",
     .handler = xlen},
    range_spec("xrange", "Returns the entries of a range of ids.",
               "key start end [COUNT count:integer]", xrange),
    range_spec("xrevrange", "Returns the entries of a range of ids, the last one first.",
               "key end start [COUNT count:integer]", xrevrange),
    {.name = "xsetid",
     .arity = -3,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(1)",
     .summary = "Sets the last id that a stream has given out, and its counters.",
     .arguments = "key last-id [ENTRIESADDED entries-added:integer] [MAXDELETEDID max-deleted-id]",
     .handler = xsetid},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs streams_entries() noexcept { return kSpecs; }

}  // namespace larder::families
