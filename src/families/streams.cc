#include "families/streams.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "base/numbers.h"
#include "families/collections.h"

namespace larder::families {

value::Stream& stream_of(const keyspace::EntryRef& entry) {
  return static_cast<value::Stream&>(*entry.object());
}

std::optional<value::Stream*> find_stream_for_read(command::Context& ctx,
                                                   const keyspace::Key& key) {
  const auto entry = find_typed_for_read(ctx, key, keyspace::Type::stream);
  if (!entry) return std::nullopt;
  return *entry ? &stream_of(*entry) : nullptr;
}

std::optional<value::Stream*> find_stream_for_write(command::Context& ctx,
                                                    const keyspace::Key& key) {
  const auto entry = find_typed_for_write(ctx, key, keyspace::Type::stream);
  if (!entry) return std::nullopt;
  return *entry ? &stream_of(*entry) : nullptr;
}

value::Stream& create_stream(command::Context& ctx, const keyspace::Key& key) {
  auto entry = create(ctx, key, keyspace::Type::stream);
  auto stream = std::make_unique<value::Stream>();
  auto& created = *stream;
  keyspace::EntryCell(*ctx.database, entry).become(std::move(stream));
  return created;
}

void answer_no_group(command::Context& ctx, GroupError error, std::string_view key,
                     std::string_view group) {
  ctx.reply.error(
      error == GroupError::key_or_group
          ? fmt::format("NOGROUP No such key '{}' or consumer group '{}'", key, group)
          : fmt::format("NOGROUP No such consumer group '{}' for key name '{}'", group, key));
}

void answer_subcommand_error(command::Context& ctx, command::Args args) {
  ctx.reply.error(
      fmt::format("ERR unknown subcommand or wrong number of arguments for '{}'. Try {} HELP.",
                  args[1].substr(0, 128), base::to_upper(args[0])));
}

std::optional<value::StreamId> read_stream_id(command::Context& ctx, std::string_view text) {
  const auto id = value::parse_stream_id(text, 0);
  if (!id) ctx.reply.error(kInvalidStreamId);
  return id;
}

std::optional<value::StreamId> read_range_end(command::Context& ctx, std::string_view text,
                                              RangeEnd end) {
  const bool is_first = end == RangeEnd::first;
  const bool excludes = text.size() > 1 && text.front() == '(';
  if (!excludes && text == "-") return value::kFirstStreamId;
  if (!excludes && text == "+") return value::kLastStreamId;
  if (excludes) text.remove_prefix(1);
  auto id = value::parse_stream_id(text, is_first ? 0 : value::kLastStreamId.seq);
  if (!id) {
    ctx.reply.error(kInvalidStreamId);
    return std::nullopt;
  }
  if (!excludes) return id;
  id = is_first ? id->next() : id->previous();
  if (!id) {
    ctx.reply.error(is_first ? "ERR invalid start ID for the interval"
                             : "ERR invalid end ID for the interval");
  }
  return id;
}

void answer_id(command::Context& ctx, value::StreamId id) {
  value::StreamIdText scratch;
  ctx.reply.bulk(value::to_text(id, scratch));
}

void answer_fields(command::Context& ctx, value::StreamFields fields) {
  const auto count = fields.count();
  ctx.reply.array(2 * count);
  base::IntegerText scratch;
  for (std::size_t i = 0; i < count; ++i) {
    const auto pair = fields.next();
    ctx.reply.bulk(pair.name.text(scratch));
    ctx.reply.bulk(pair.value.text(scratch));
  }
}

void answer_entry(command::Context& ctx, const value::StreamCursor& cursor) {
  ctx.reply.array(2);
  answer_id(ctx, cursor.id());
  answer_fields(ctx, cursor.fields());
}

bool answer_entry(command::Context& ctx, const value::Stream& stream, value::StreamId id) {
  value::StreamCursor cursor(stream, id, id);
  if (!cursor.next()) return false;
  answer_entry(ctx, cursor);
  return true;
}

std::size_t answer_entries(command::Context& ctx, value::StreamCursor cursor,
                           std::uint64_t count_max) {
  auto list = ctx.reply.defer();
  std::size_t count = 0;
  while (cursor.next()) {
    answer_entry(ctx, cursor);
    if (++count == count_max) break;
  }
  list.close_array(count);
  return count;
}

}  // namespace larder::families
