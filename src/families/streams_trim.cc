#include "families/streams_trim.h"

#include <algorithm>

#include "base/numbers.h"
#include "families/streams.h"
#include "families/streams_ids.h"

namespace larder::families {
namespace {

using value::StreamTrim;

// What is removed at once where "~" leaves the choice to the server: a hundred nodes.
constexpr std::int64_t kNodesAtOnce = 100;
constexpr std::int64_t kEntriesAtOnceIfUnknown = 10'000;
constexpr std::int64_t kEntriesAtOnceMax = 1'000'000;

bool next_is(const command::ArgReader& reader, command::Args args, std::string_view word) {
  return reader.remaining() > 1 && base::equal_ignoring_case(args[reader.position()], word);
}

void read_threshold(command::ArgReader& reader, command::Args args, StreamTrim& trim) {
  reader.next();
  if (trim.by != StreamTrim::By::nothing) {
    return reader.fail(
        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  }
  const bool is_length = base::equal_ignoring_case(args[reader.position() - 1], "maxlen");
  trim.by = is_length ? StreamTrim::By::length : StreamTrim::By::id;
  if (reader.remaining() >= 2) {
    trim.whole_nodes_only = reader.take("~");
    if (!trim.whole_nodes_only) reader.take("=");
  }
  if (is_length) {
    const auto length = reader.integer();
    if (length < 0) reader.fail("ERR The MAXLEN argument must be >= 0.");
    trim.length_max = static_cast<std::uint64_t>(length);
  } else if (const auto id = value::parse_stream_id(reader.next(), 0)) {
    trim.id_min = *id;
  } else {
    reader.fail(kInvalidStreamId);
  }
}

}  // namespace

bool take_references(command::ArgReader& reader, value::StreamReferences& references) {
  if (reader.take("keepref")) {
    references = value::StreamReferences::keep;
  } else if (reader.take("delref")) {
    references = value::StreamReferences::remove;
  } else if (reader.take("acked")) {
    references = value::StreamReferences::spare;
  } else {
    return false;
  }
  return true;
}

std::optional<RemovalOptions> read_removal(command::Context& ctx, command::Args args,
                                           std::size_t first) {
  RemovalOptions options;
  command::ArgReader reader(args, first);
  while (reader.has_more()) {
    if (!take_references(reader, options.references) && !take_ids(reader, args, options.ids)) {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (options.ids.empty()) reader.fail(command::errors::kSyntax);
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

bool take_trim_option(command::ArgReader& reader, command::Args args, TrimOptions& options) {
  if (next_is(reader, args, "maxlen") || next_is(reader, args, "minid")) {
    read_threshold(reader, args, options.trim);
    return true;
  }
  if (next_is(reader, args, "limit")) {
    reader.next();
    options.limit = reader.integer();
    if (*options.limit < 0) reader.fail("ERR The LIMIT argument must be >= 0.");
    return true;
  }
  if (!take_references(reader, options.trim.references)) return false;
  if (options.has_references) reader.fail(command::errors::kSyntax);
  options.has_references = true;
  return true;
}

bool complete(command::Context& ctx, TrimOptions& options) {
  auto& trim = options.trim;
  if (options.limit.value_or(0) != 0 && trim.by == StreamTrim::By::nothing) {
    ctx.reply.error(
        "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    return false;
  }
  if (options.limit && !trim.whole_nodes_only) {
    ctx.reply.error("ERR syntax error, LIMIT cannot be used without the special ~ option");
    return false;
  }
  if (!trim.whole_nodes_only) return true;
  const auto node_entries = ctx.settings.stream_node_max_entries;
  auto at_once = node_entries <= 0 ? kEntriesAtOnceIfUnknown
                                   : kNodesAtOnce * std::min(node_entries, kEntriesAtOnceMax);
  at_once = options.limit.value_or(std::min(at_once, kEntriesAtOnceMax));
  trim.entries_max = static_cast<std::uint64_t>(at_once);
  return true;
}

Removal remove(value::Stream* stream, value::StreamId id, value::StreamReferences references) {
  if (stream == nullptr) return Removal::absent;
  if (references == value::StreamReferences::spare && stream->is_referenced(id)) {
    return Removal::spared;
  }
  if (references == value::StreamReferences::remove) stream->erase_references(id);
  return stream->erase(id) ? Removal::removed : Removal::absent;
}

}  // namespace larder::families
