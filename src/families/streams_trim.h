// The options of XADD and XTRIM that say how much of a stream's beginning is to go.
#pragma once

#include <optional>

#include "command/arguments.h"
#include "command/context.h"
#include "value/stream.h"

namespace larder::families {

struct TrimOptions {
  value::StreamTrim trim;
  std::optional<std::int64_t> limit = {};  // LIMIT's number
  bool has_references = false;             // KEEPREF, DELREF or ACKED was said
};

// Takes one of MAXLEN, MINID, LIMIT, KEEPREF, DELREF, ACKED with what belongs to it; false where
// the next argument is none of them.
bool take_trim_option(command::ArgReader& reader, command::Args args, TrimOptions& options);

// To be called behind the last option: judges how they go together, and sets how much is removed
// at once. Answers what is wrong and returns false.
bool complete(command::Context& ctx, TrimOptions& options);

// Takes KEEPREF, DELREF or ACKED; false where the next argument is none of them.
bool take_references(command::ArgReader& reader, value::StreamReferences& references);

// The arguments of XDELEX and XACKDEL from `first` on: which ids, and what of the references to
// them. The ids are views into the arguments.
struct RemovalOptions {
  value::StreamReferences references = value::StreamReferences::keep;
  command::Args ids = {};
};

// Nothing where they are wrong, which has been answered.
std::optional<RemovalOptions> read_removal(command::Context& ctx, command::Args args,
                                           std::size_t first);

// What became of an entry that was to be removed, as XDELEX and XACKDEL answer it.
enum class Removal : std::int8_t { absent = -1, removed = 1, spared = 2 };
Removal remove(value::Stream* stream, value::StreamId id, value::StreamReferences references);

}  // namespace larder::families
