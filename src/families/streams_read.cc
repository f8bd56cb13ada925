// XREAD and XREADGROUP: what has come behind an id, or what a group's consumer has still to get, of
// several streams at once; both may wait for it.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/streams.h"
#include "families/streams_claim.h"
#include "families/timeouts.h"

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
using value::StreamId;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

struct ReadOptions {
  bool is_group = false;  // XREADGROUP
  std::optional<std::string_view> group = {};
  std::string_view consumer = {};
  std::uint64_t count_max = 0;  // 0: any number
  std::optional<std::int64_t> timeout_ms = {};
  std::optional<std::int64_t> claims_idle_ms = {};
  bool acknowledges = false;  // NOACK
  Args keys = {};
  Args ids = {};
};

// One of the streams to read.
struct Source {
  Stream* stream = nullptr;
  ConsumerGroup* group = nullptr;
  StreamId after;       // what is read comes behind it
  bool is_new = false;  // ">": behind what the group was given
};

// --- options

bool fail(Context& ctx, std::string_view error) {
  ctx.reply.error(error);
  return false;
}

bool fail_for_xread(Context& ctx, std::string_view option) {
  return fail(ctx, fmt::format("ERR The {} option is only supported by XREADGROUP. You called "
                               "XREAD instead.",
                               option));
}

bool read_streams(Context& ctx, Args args, ReadOptions& options) {
  if (args.size() % 2 != 0) {
    return fail(
        ctx, fmt::format("ERR Unbalanced '{}' list of streams: for each stream key an ID "
                         "or '{}' must be specified.",
                         options.is_group ? "xreadgroup" : "xread", options.is_group ? '>' : '$'));
  }
  options.keys = args.first(args.size() / 2);
  options.ids = args.subspan(args.size() / 2);
  return true;
}

bool read_claim(Context& ctx, std::string_view text, ReadOptions& options) {
  const auto idle = base::parse_i64(text);
  if (!idle) return fail(ctx, "ERR min-idle-time is not an integer or out of range");
  if (*idle < 0) return fail(ctx, "ERR min-idle-time must be a positive integer");
  options.claims_idle_ms = idle;
  return true;
}

// Takes an option with a value.
bool read_valued(Context& ctx, command::ArgReader& reader, ReadOptions& options) {
  if (reader.take("block")) {
    options.timeout_ms = read_timeout_ms(ctx, reader.next());
    return options.timeout_ms.has_value();
  }
  if (reader.take("count")) {
    const auto count = base::parse_i64(reader.next());
    if (!count) return fail(ctx, command::errors::kNotInteger);
    options.count_max = static_cast<std::uint64_t>(std::max<std::int64_t>(*count, 0));
    return true;
  }
  if (reader.take("claim")) {
    if (!options.is_group) return fail_for_xread(ctx, "CLAIM");
    return read_claim(ctx, reader.next(), options);
  }
  if (reader.remaining() >= 3 && reader.take("group")) {
    if (!options.is_group) return fail_for_xread(ctx, "GROUP");
    options.group = reader.next();
    options.consumer = reader.next();
    return true;
  }
  return fail(ctx, command::errors::kSyntax);
}

bool read_options(Context& ctx, Args args, ReadOptions& options) {
  command::ArgReader reader(args, 1);
  while (true) {
    if (reader.take("noack")) {
      if (!options.is_group) return fail_for_xread(ctx, "NOACK");
      options.acknowledges = true;
    } else if (reader.remaining() < 2) {
      return fail(ctx, command::errors::kSyntax);
    } else if (reader.take("streams")) {
      break;
    } else if (!read_valued(ctx, reader, options)) {
      return false;
    }
  }
  if (!read_streams(ctx, args.subspan(reader.position()), options)) return false;
  if (options.is_group && !options.group) {
    return fail(ctx, "ERR Missing GROUP option for XREADGROUP");
  }
  return true;
}

// --- where to read

bool refuse_in_group(Context& ctx, std::string_view id) {
  return fail(ctx, fmt::format("ERR The {0} ID is meaningless in the context of XREADGROUP: you "
                               "want to read the history of this consumer by specifying a proper "
                               "ID, or use the > ID to get new messages. The {0} ID would just "
                               "return an empty result set.",
                               id));
}

bool resolve_id(Context& ctx, std::string_view text, bool is_group, Source& source) {
  if (text == "$" || text == "+") {
    if (is_group) return refuse_in_group(ctx, text);
    if (source.stream == nullptr) return true;
    const auto last = source.stream->last_id();
    source.after = text == "$" ? last : last.previous().value_or(StreamId{});
    return true;
  }
  if (text == ">") {
    source.is_new = true;
    if (is_group) return true;
    return fail(ctx,
                "ERR The > ID can be specified only when calling XREADGROUP using the GROUP "
                "<group> <consumer> option.");
  }
  const auto id = read_stream_id(ctx, text);
  source.after = id.value_or(StreamId{});
  source.is_new = is_group && id == value::kLastStreamId;  // Redis's own way to keep a ">"
  return id.has_value();
}

bool find_source(Context& ctx, const ReadOptions& options, std::size_t index, Source& source) {
  const auto key = options.keys[index];
  const auto stream = find_stream_for_read(ctx, ctx.key(key));
  if (!stream) return false;
  source.stream = *stream;
  if (options.is_group) {
    if (source.stream != nullptr) source.group = source.stream->find_group(*options.group);
    if (source.group == nullptr) {
      return fail(ctx, fmt::format("NOGROUP No such key '{}' or consumer group '{}' in XREADGROUP "
                                   "with GROUP option",
                                   key, *options.group));
    }
  }
  return resolve_id(ctx, options.ids[index], options.is_group, source);
}

// --- answers

// The list of streams that have something, which is not begun before the first of them.
class ReadReply {
 public:
  explicit ReadReply(Context& ctx) : ctx_(ctx), list_(ctx.reply.defer()) {}

  void begin_stream(std::string_view key) {
    ++streams_;
    if (!ctx_.reply.is_resp3()) ctx_.reply.array(2);
    ctx_.reply.bulk(key);
  }
  bool is_empty() const noexcept { return streams_ == 0; }
  void close() {
    if (ctx_.reply.is_resp3()) {
      list_.close_map(streams_);
    } else {
      list_.close_array(streams_);
    }
  }

 private:
  Context& ctx_;
  resp::Writer::Deferred list_;
  std::size_t streams_ = 0;
};

// A cursor at the first entry behind an id; nothing where there is none.
std::optional<StreamCursor> entries_after(const Stream& stream, StreamId id) {
  if (stream.length() == 0 || stream.last_id() <= id) return std::nullopt;
  StreamCursor cursor(stream, *id.next(), value::kLastStreamId);
  if (!cursor.next()) return std::nullopt;
  return cursor;
}

void read_entries(Context& ctx, const Source& source, std::string_view key, std::uint64_t count_max,
                  ReadReply& reply) {
  if (source.stream == nullptr) return;
  auto cursor = entries_after(*source.stream, source.after);
  if (!cursor) return;
  reply.begin_stream(key);
  auto list = ctx.reply.defer();
  std::size_t count = 0;
  do {
    answer_entry(ctx, *cursor);
  } while (++count != count_max && cursor->next());
  list.close_array(count);
}

// --- groups

// What one consumer reads of one stream.
class GroupReader {
 public:
  GroupReader(Context& ctx, const ReadOptions& options, const Source& source, Consumer& consumer,
              std::string_view key)
      : ctx_(ctx),
        key_(key),
        options_(options),
        stream_(*source.stream),
        group_(*source.group),
        consumer_(consumer) {}

  // Entries that are pending for the consumer, behind `after`.
  void read_history(StreamId after);

  // First what others had for too long (CLAIM), then what nobody had. False where there is
  // neither, and nothing was answered.
  bool read_new(ReadReply& reply);

 private:
  std::vector<value::Pending> take_over() const;
  void answer_claimed(const value::Pending& pending);
  void deliver(const StreamCursor& cursor);
  void answer_counts(std::int64_t idle_ms, std::int64_t deliveries);

  Context& ctx_;
  std::string_view key_;
  const ReadOptions& options_;
  Stream& stream_;
  ConsumerGroup& group_;
  Consumer& consumer_;
};

void GroupReader::read_history(StreamId after) {
  auto list = ctx_.reply.defer();
  std::size_t count = 0;
  const auto& marks = consumer_.pending();
  const auto first = after.next();
  auto at = first ? marks.lower_bound(*first) : marks.end();
  for (; at != marks.end() && (options_.count_max == 0 || count < options_.count_max);
       at = marks.next(at)) {
    const auto id = marks[at].id;
    ++count;
    if (answer_entry(ctx_, stream_, id)) {
      const auto deliveries = group_.find_pending(id)->deliveries;
      group_.set_pending(id, &consumer_, ctx_.now(), one_more(deliveries));
      journal_pending(ctx_, key_, group_, consumer_, id);
    } else {
      ctx_.reply.array(2);
      answer_id(ctx_, id);
      ctx_.reply.null_array();
    }
  }
  list.close_array(count);
}

// What has been pending for too long, in the state that it was in. Entries that the stream has no
// more are pending no longer.
std::vector<value::Pending> GroupReader::take_over() const {
  if (!options_.claims_idle_ms) return {};
  const auto until = ctx_.now() - *options_.claims_idle_ms;
  const auto count_max =
      options_.count_max == 0 ? std::numeric_limits<std::size_t>::max() : options_.count_max;
  while (true) {
    auto idle = group_.delivered_until(until, count_max);
    const auto gone = std::erase_if(idle, [this](const value::Pending& each) {
      if (stream_.contains(each.id) || !group_.erase_pending(each.id)) return false;
      journal_gone(ctx_, key_, group_, each.id);
      return true;
    });
    if (gone == 0) return idle;
  }
}

void GroupReader::answer_counts(std::int64_t idle_ms, std::int64_t deliveries) {
  if (!options_.claims_idle_ms) return;
  ctx_.reply.integer(idle_ms);
  ctx_.reply.integer(deliveries);
}

void GroupReader::answer_claimed(const value::Pending& pending) {
  constexpr std::int64_t kNoTime = -1;  // of what was given back
  StreamCursor cursor(stream_, pending.id, pending.id);
  cursor.next();
  ctx_.reply.array(4);
  answer_id(ctx_, pending.id);
  answer_fields(ctx_, cursor.fields());
  answer_counts(pending.owner == nullptr ? kNoTime : ctx_.now() - pending.delivered_ms,
                pending.deliveries);
  group_.set_pending(pending.id, &consumer_, ctx_.now(), one_more(pending.deliveries));
  journal_pending(ctx_, key_, group_, consumer_, pending.id);
  consumer_.active_ms = ctx_.now();
}

void GroupReader::deliver(const StreamCursor& cursor) {
  stream_.note_read(group_, cursor.id());
  ctx_.reply.array(options_.claims_idle_ms ? 4 : 2);
  answer_id(ctx_, cursor.id());
  answer_fields(ctx_, cursor.fields());
  answer_counts(0, 0);
  if (options_.acknowledges) return;
  group_.set_pending(cursor.id(), &consumer_, ctx_.now(), 1);
  journal_pending(ctx_, key_, group_, consumer_, cursor.id());
  consumer_.active_ms = ctx_.now();
}

bool GroupReader::read_new(ReadReply& reply) {
  const auto claimed = take_over();
  std::optional<StreamCursor> cursor;
  const bool has_room = options_.count_max == 0 || claimed.size() < options_.count_max;
  if (has_room) cursor = entries_after(stream_, group_.last_delivered);
  if (claimed.empty() && !cursor) return false;

  reply.begin_stream(key_);
  auto list = ctx_.reply.defer();
  std::size_t count = claimed.size();
  for (const auto& pending : claimed) answer_claimed(pending);
  if (cursor) {
    do {
      deliver(*cursor);
    } while (++count != options_.count_max && cursor->next());
    journal_position(ctx_, key_, group_);
  }
  list.close_array(count);
  return true;
}

void read_group(Context& ctx, const ReadOptions& options, const Source& source,
                std::string_view key, ReadReply& reply) {
  auto& consumer = find_or_create_consumer(ctx, *source.group, options.consumer, key);
  consumer.seen_ms = ctx.now();
  GroupReader reader(ctx, options, source, consumer, key);
  if (source.is_new) {
    if (reader.read_new(reply)) ctx.changed_silently();
    return;
  }
  reply.begin_stream(key);
  reader.read_history(source.after);
  ctx.changed_silently();
  ctx.journal_nothing();
}

// --- waiting

// "$" means the end as it is now, also when the command is run again.
std::vector<std::string> resolved(Args args, const ReadOptions& options,
                                  const std::vector<Source>& sources) {
  if (std::find(options.ids.begin(), options.ids.end(), "$") == options.ids.end()) return {};
  std::vector<std::string> command(args.begin(), args.end());
  const auto first_id = args.size() - options.ids.size();
  value::StreamIdText scratch;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (options.ids[i] == "$") command[first_id + i] = value::to_text(sources[i].after, scratch);
  }
  return command;
}

// Milliseconds until a pending entry may have been so for long enough to be claimed; 0: nothing is
// claimed. Others may read on meanwhile, so that it is no longer than CLAIM's time.
std::int64_t until_next_claim(const Context& ctx, const ReadOptions& options,
                              const std::vector<Source>& sources) {
  if (!options.claims_idle_ms) return 0;
  constexpr std::int64_t kShortestMs = 10;
  constexpr std::int64_t kLongestMs = std::int64_t{1000} * 60 * 60 * 24;
  auto wait_ms = std::clamp(*options.claims_idle_ms, kShortestMs, kLongestMs);
  for (const auto& source : sources) {
    const auto first = source.is_new ? source.group->first_delivery() : std::nullopt;
    if (!first) continue;
    const auto passed_ms = std::max<std::int64_t>(ctx.now() - *first, 0);
    wait_ms = std::clamp<std::int64_t>(*options.claims_idle_ms - passed_ms, 1, wait_ms);
  }
  return wait_ms;
}

void wait(Context& ctx, Args args, const ReadOptions& options, const std::vector<Source>& sources) {
  ctx.wait_for({.type = keyspace::Type::stream,
                .keys = options.keys,
                .timeout_ms = *options.timeout_ms,
                .on_timeout = command::Wait::OnTimeout::null_array,
                .also_on_removal = options.is_group,
                .again_ms = until_next_claim(ctx, options, sources),
                .command = resolved(args, options, sources)});
}

void read(Context& ctx, Args args, ReadOptions& options) {
  if (!read_options(ctx, args, options)) return;
  std::vector<Source> sources(options.keys.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!find_source(ctx, options, i, sources[i])) return;
  }
  ReadReply reply(ctx);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (options.is_group) {
      read_group(ctx, options, sources[i], options.keys[i], reply);
    } else {
      read_entries(ctx, sources[i], options.keys[i], options.count_max, reply);
    }
  }
  if (!reply.is_empty()) return reply.close();
  if (options.timeout_ms) return wait(ctx, args, options, sources);
  ctx.reply.null_array();
}

void xread(Context& ctx, Args args) {
  ReadOptions options;
  read(ctx, args, options);
}

void xreadgroup(Context& ctx, Args args) {
  ReadOptions options;
  options.is_group = true;
  read(ctx, args, options);
}

// "... STREAMS key... id..."
constexpr command::KeySpecs streams_from(std::int16_t argument) {
  return keys::of(command::KeySpec{.flags = key_flag::ro | key_flag::access,
                                   .begin = command::KeySpec::Begin::keyword,
                                   .index = argument,
                                   .keyword = "STREAMS",
                                   .last = -1,
                                   .step = 1,
                                   .limit = 2});
}

constexpr std::string_view kComplexity =
    "O(log(N)+M) for each stream of N entries and the M that are returned of it.";

constexpr Spec kSpecs[] = {
    {.name = "xread",
     .arity = -4,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::readonly | flag::blocking | flag::movablekeys,
     .categories = category::stream,
     .keys = streams_from(1),
     .complexity = kComplexity,
     .summary = "Returns entries behind an id of each stream, or waits for some.",
     .arguments = "[COUNT count:integer] [BLOCK milliseconds:integer] STREAMS (key)+ (id)+",
     .handler = xread},
    {.name = "xreadgroup",
     .arity = -7,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write | flag::blocking | flag::movablekeys,
     .categories = category::stream,
     .keys = streams_from(4),
     .complexity = kComplexity,
     .summary = "Returns entries that nobody of a group was given yet, or what is pending for a "
                "consumer, or waits for some.",
     .arguments = "GROUP group consumer [COUNT count:integer] [BLOCK milliseconds:integer] "
                  "[CLAIM min-idle-time:integer] [NOACK] STREAMS (key)+ (id)+",
     .handler = xreadgroup},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs streams_read() noexcept { return kSpecs; }

}  // namespace larder::families
