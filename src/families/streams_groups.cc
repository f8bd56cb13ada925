// XGROUP: consumer groups and consumers come and go.
#include "command/arguments.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/streams.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using value::ConsumerGroup;
using value::Stream;
using value::StreamId;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// The options of CREATE and SETID.
struct GroupOptions {
  bool creates_stream = false;
  std::optional<std::int64_t> entries_read = {};  // nothing: unknown
};

constexpr std::size_t kOptionsAt = 5;
constexpr std::size_t kCreateArgumentsMax = 8;  // no option may be said twice, which is judged late
constexpr std::size_t kSetIdArgumentsMax = 7;

bool read_options(Context& ctx, Args args, bool for_create, GroupOptions& options) {
  ArgReader reader(args, kOptionsAt);
  bool is_understood = true;
  while (is_understood && reader.has_more()) {
    if (for_create && reader.take("mkstream")) {
      options.creates_stream = true;
    } else if (reader.remaining() >= 2 && reader.take("entriesread")) {
      constexpr std::int64_t kUnknown = -1;
      const auto count = reader.integer();
      if (count < kUnknown) reader.fail("ERR value for ENTRIESREAD must be positive or -1");
      options.entries_read = std::nullopt;
      if (count != kUnknown) options.entries_read = count;
    } else {
      is_understood = false;
    }
  }
  if (!reader.ok()) {
    ctx.reply.error(reader.error());
    return false;
  }
  is_understood = is_understood && args.size() <= kCreateArgumentsMax;
  if (!is_understood) answer_subcommand_error(ctx, args);
  return is_understood;
}

// The stream of a subcommand that needs one; nullptr where there is none, which has been answered.
Stream* find_stream(Context& ctx, const keyspace::Key& key) {
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return nullptr;
  if (*stream == nullptr) {
    ctx.reply.error(
        "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want "
        "to use the MKSTREAM option to create an empty stream automatically.");
  }
  return *stream;
}

// The same for the group.
ConsumerGroup* find_group(Context& ctx, Args args, Stream*& stream) {
  stream = find_stream(ctx, ctx.key(args[2]));
  if (stream == nullptr) return nullptr;
  auto* group = stream->find_group(args[3]);
  if (group == nullptr) answer_no_group(ctx, GroupError::group_for_key, args[2], args[3]);
  return group;
}

// Where a group is to begin: an id, or "$" for the end of the stream, which may be absent.
std::optional<StreamId> read_start(Context& ctx, std::string_view text, const Stream* stream) {
  if (text == "$") return stream == nullptr ? StreamId{} : stream->last_id();
  return read_stream_id(ctx, text);
}

void create_group(Context& ctx, Args args) {
  GroupOptions options;
  if (!read_options(ctx, args, true, options)) return;
  const auto key = ctx.key(args[2]);
  Stream* stream = nullptr;
  if (options.creates_stream) {
    const auto found = find_stream_for_write(ctx, key);
    if (!found) return;
    stream = *found;
  } else {
    stream = find_stream(ctx, key);
    if (stream == nullptr) return;
  }
  if (args.size() > kCreateArgumentsMax) return answer_subcommand_error(ctx, args);
  const auto start = read_start(ctx, args[4], stream);
  if (!start) return;
  if (stream != nullptr && stream->find_group(args[3]) != nullptr) {
    return ctx.reply.error("BUSYGROUP Consumer Group name already exists");
  }
  if (stream == nullptr) stream = &families::create_stream(ctx, key);
  auto& group = stream->create_group(args[3]);
  group.last_delivered = *start;
  group.entries_read = options.entries_read;
  ctx.changed(Event::stream, "xgroup-create", key.name);
  ctx.reply.ok();
}

// Unlike CREATE, SETID takes "-" and "+" for ids.
void set_group_id(Context& ctx, Args args) {
  GroupOptions options;
  if (!read_options(ctx, args, false, options)) return;
  Stream* stream = nullptr;
  auto* group = find_group(ctx, args, stream);
  if (group == nullptr) return;
  if (args.size() > kSetIdArgumentsMax) return answer_subcommand_error(ctx, args);
  std::optional<StreamId> start;
  if (args[4] == "-") {
    start = value::kFirstStreamId;
  } else if (args[4] == "+") {
    start = value::kLastStreamId;
  } else {
    start = read_start(ctx, args[4], stream);
  }
  if (!start) return;
  group->last_delivered = *start;
  group->entries_read = options.entries_read;
  ctx.changed(Event::stream, "xgroup-setid", args[2]);
  ctx.reply.ok();
}

void destroy_group(Context& ctx, Args args) {
  const auto key = ctx.key(args[2]);
  auto* stream = find_stream(ctx, key);
  if (stream == nullptr) return;
  auto* group = stream->find_group(args[3]);
  if (group == nullptr) return ctx.reply.integer(0);
  stream->erase_group(*group);
  ctx.changed(Event::stream, "xgroup-destroy", key.name);
  ctx.reply.integer(1);
}

void create_consumer(Context& ctx, Args args) {
  Stream* stream = nullptr;
  auto* group = find_group(ctx, args, stream);
  if (group == nullptr) return;
  if (group->find_consumer(args[4]) != nullptr) return ctx.reply.integer(0);
  group->create_consumer(args[4], ctx.wall_ms());
  ctx.changed(Event::stream, "xgroup-createconsumer", args[2]);
  ctx.reply.integer(1);
}

void delete_consumer(Context& ctx, Args args) {
  Stream* stream = nullptr;
  auto* group = find_group(ctx, args, stream);
  if (group == nullptr) return;
  auto* consumer = group->find_consumer(args[4]);
  if (consumer == nullptr) return ctx.reply.integer(0);
  const auto pending = consumer->pending().size();
  group->erase_consumer(*consumer);
  ctx.changed(Event::stream, "xgroup-delconsumer", args[2]);
  ctx.reply.integer(static_cast<std::int64_t>(pending));
}

constexpr Spec kSubcommands[] = {
    {.name = "create",
     .arity = -5,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::stream,
     .keys = keys::at(2, key_flag::rw | key_flag::insert),
     .complexity = "O(1)",
     .summary = "Creates a consumer group that begins to read at an id.",
     .arguments = "key group <id|$> [MKSTREAM] [ENTRIESREAD entries-read:integer]",
     .handler = create_group},
    {.name = "createconsumer",
     .arity = 5,
     .group = Group::stream,
     .since = "6.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::stream,
     .keys = keys::at(2, key_flag::rw | key_flag::insert),
     .complexity = "O(1)",
     .summary = "Creates a consumer in a consumer group.",
     .arguments = "key group consumer",
     .handler = create_consumer},
    {.name = "delconsumer",
     .arity = 5,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write,
     .categories = category::stream,
     .keys = keys::at(2, key_flag::rw | key_flag::remove),
     .complexity = "O(N) for the N entries that are pending for it.",
     .summary = "Removes a consumer and returns how many entries were pending for it.",
     .arguments = "key group consumer",
     .handler = delete_consumer},
    {.name = "destroy",
     .arity = 4,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write,
     .categories = category::stream,
     .keys = keys::at(2, key_flag::rw | key_flag::remove),
     .complexity = "O(N) for the N pending entries of the group.",
     .summary = "Removes a consumer group.",
     .arguments = "key group",
     .handler = destroy_group},
    command::help_spec(Group::stream, "5.0.0", category::stream),
    {.name = "setid",
     .arity = -5,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write,
     .categories = category::stream,
     .keys = keys::at(2, key_flag::rw | key_flag::update),
     .complexity = "O(1)",
     .summary = "Sets the last id that a consumer group was given.",
     .arguments = "key group <id|$> [ENTRIESREAD entries-read:integer]",
     .handler = set_group_id},
};

constexpr Spec kSpecs[] = {
    {.name = "xgroup",
     .arity = -2,
     .group = Group::stream,
     .since = "5.0.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for the commands of consumer groups.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs streams_groups() noexcept { return kSpecs; }

}  // namespace larder::families
