// The two halves of a stream in a file: nodes of entries, and what consumer groups know.
#pragma once

#include "persist/value_io.h"
#include "value/stream.h"

namespace larder::persist {

inline constexpr ReadFailure kStreamListpack = "Stream listpack integrity check failed.";

// Reads the entries of one node, whose first id is `base`, and appends them.
ReadFailure read_stream_node(std::string_view listpack, value::StreamId base, value::Stream& stream,
                             const ValueContext& context);
// Appends the listpack of a node's entries to `out`; returns the id that it is relative to.
// REQUIRES: the node has entries that are not deleted.
value::StreamId write_stream_node(base::ByteBuffer& out, const value::StreamNode& node);

ReadFailure read_stream_groups(RdbReader& in, RdbType type, value::Stream& stream);
void write_stream_groups(RdbWriter& out, const value::Stream& stream);

// Ids as 16 bytes, big-endian.
inline constexpr std::size_t kRawIdBytes = 16;
value::StreamId read_raw_id(std::string_view bytes) noexcept;
void write_raw_id(RdbWriter& out, value::StreamId id);

// Ids as two lengths.
bool read_id(RdbReader& in, value::StreamId& id);
void write_id(RdbWriter& out, value::StreamId id);

}  // namespace larder::persist
