// What the files of stream commands share: finding a stream and its groups, reading ids and ranges,
// answering entries.
#pragma once

#include <optional>
#include <string_view>

#include "command/context.h"
#include "value/stream.h"
#include "value/stream_cursor.h"

namespace larder::families {

inline constexpr std::string_view kInvalidStreamId =
    "ERR Invalid stream ID specified as stream command argument";

// Redis's two wordings of a group that is not there.
enum class GroupError : std::uint8_t { key_or_group, group_for_key };

// --- finding. REQUIRES: `entry` is a stream.
value::Stream& stream_of(const keyspace::EntryRef& entry);

// The stream of `key`: nullptr where there is none; nothing where it is of another type, which has
// been answered. The first counts a hit or a miss.
std::optional<value::Stream*> find_stream_for_read(command::Context& ctx, const keyspace::Key& key);
std::optional<value::Stream*> find_stream_for_write(command::Context& ctx,
                                                    const keyspace::Key& key);

// An empty stream under `key`, which is free.
value::Stream& create_stream(command::Context& ctx, const keyspace::Key& key);

void answer_no_group(command::Context& ctx, GroupError error, std::string_view key,
                     std::string_view group);

// "unknown subcommand or wrong number of arguments": what Redis says of options that a subcommand
// does not know.
void answer_subcommand_error(command::Context& ctx, command::Args args);

// --- reading. Nothing where the text is invalid, which has been answered.
std::optional<value::StreamId> read_stream_id(command::Context& ctx, std::string_view text);

// Also "-" and "+"; an id without its sequence number means the first or the last of its time.
enum class RangeEnd : bool { first, last };
std::optional<value::StreamId> read_range_end(command::Context& ctx, std::string_view text,
                                              RangeEnd end);

// --- answering
void answer_id(command::Context& ctx, value::StreamId id);
// An entry's fields as an array, and an entry with its id.
void answer_fields(command::Context& ctx, value::StreamFields fields);
void answer_entry(command::Context& ctx, const value::StreamCursor& cursor);
// The entry `id`; false, with no answer, where it is not there.
bool answer_entry(command::Context& ctx, const value::Stream& stream, value::StreamId id);
// Entries of a range, no more than `count_max` where that is not 0; returns how many.
std::size_t answer_entries(command::Context& ctx, value::StreamCursor cursor,
                           std::uint64_t count_max);

}  // namespace larder::families
