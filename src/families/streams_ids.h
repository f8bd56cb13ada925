// Lists of ids among a command's arguments.
#pragma once

#include <optional>
#include <vector>

#include "command/arguments.h"
#include "command/context.h"
#include "value/stream_id.h"

namespace larder::families {

using StreamIds = std::vector<value::StreamId>;

// All arguments from `from` on; nothing where one is invalid, which has been answered.
std::optional<StreamIds> read_stream_ids(command::Context& ctx, command::Args args,
                                         std::size_t from);

// "IDS number id...": takes the block where it comes next. The ids are views into the arguments.
bool take_ids(command::ArgReader& reader, command::Args args, command::Args& ids);

}  // namespace larder::families
