// Streams: nodes of entries, what the stream remembers of its past, and consumer groups.
#include "persist/stream_io.h"

#include <memory>

#include "base/byte_buffer.h"

namespace larder::persist {
namespace {

constexpr ReadFailure kNodeKey = "Stream node key entry is not the size of a stream ID";
constexpr ReadFailure kLength = "Stream length inconsistent with rax entries";

ReadFailure read_nodes(RdbReader& in, value::Stream& stream, const ValueContext& context) {
  std::uint64_t nodes = 0;
  if (!in.length(nodes)) return read_failure::kCutOff;
  RdbString text;
  for (; nodes > 0; --nodes) {
    if (!in.string(text)) return read_failure::kCutOff;
    if (text.text().size() != kRawIdBytes) return kNodeKey;
    const auto base = read_raw_id(text.text());
    if (!in.string(text)) return read_failure::kCutOff;
    const auto failure = read_stream_node(text.text(), base, stream, context);
    if (!failure.empty()) return failure;
  }
  return read_failure::kNone;
}

// Length, ids and counters, which have to agree with the entries that were read.
ReadFailure read_past(RdbReader& in, RdbType type, value::Stream& stream) {
  std::uint64_t length = 0;
  value::StreamId last;
  if (!in.length(length) || !read_id(in, last)) return read_failure::kCutOff;
  if (length != stream.length() || last < stream.last_id()) return kLength;
  stream.set_last_id(last);
  stream.set_entries_added(length);
  if (type == RdbType::stream) return read_failure::kNone;

  value::StreamId first;  // known from the entries
  value::StreamId max_deleted;
  std::uint64_t added = 0;
  if (!read_id(in, first) || !read_id(in, max_deleted) || !in.length(added)) {
    return read_failure::kCutOff;
  }
  if (added < length || added > INT64_MAX || max_deleted > last) return kLength;
  stream.set_max_deleted_id(max_deleted);
  stream.set_entries_added(added);
  return read_failure::kNone;
}

}  // namespace

ReadFailure read_stream(RdbReader& in, RdbType type, value::Cell& cell,
                        const ValueContext& context) {
  auto stream = std::make_unique<value::Stream>();
  auto failure = read_nodes(in, *stream, context);
  if (failure.empty()) failure = read_past(in, type, *stream);
  if (failure.empty()) failure = read_stream_groups(in, type, *stream);
  if (failure.empty()) cell.become(std::move(stream));
  return failure;
}

void write_stream(RdbWriter& out, value::Cell& cell, const ValueContext&) {
  const auto& stream = static_cast<const value::Stream&>(*cell.object());
  out.type(RdbType::stream_2);
  std::uint64_t nodes = 0;
  for_each_record(stream.nodes(), [&nodes](const value::Stream::NodeRecord& record) {
    nodes += record.node->live_entries() != 0 ? 1 : 0;
  });
  out.length(nodes);
  base::ByteBuffer listpack;
  for_each_record(stream.nodes(), [&](const value::Stream::NodeRecord& record) {
    if (record.node->live_entries() == 0) return;
    listpack.clear();
    const auto base = write_stream_node(listpack, *record.node);
    out.length(kRawIdBytes);
    write_raw_id(out, base);
    out.string(listpack.view());
  });
  out.length(stream.length());
  write_id(out, stream.last_id());
  write_id(out, stream.first_entry());
  write_id(out, stream.max_deleted_id());
  out.length(stream.entries_added());
  write_stream_groups(out, stream);
}

}  // namespace larder::persist
