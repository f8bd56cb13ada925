#include "families/streams_ids.h"

#include "families/streams.h"

namespace larder::families {

std::optional<StreamIds> read_stream_ids(command::Context& ctx, command::Args args,
                                         std::size_t from) {
  StreamIds ids;
  ids.reserve(args.size() - from);
  for (const auto& text : args.subspan(from)) {
    const auto id = read_stream_id(ctx, text);
    if (!id) return std::nullopt;
    ids.push_back(*id);
  }
  return ids;
}

bool take_ids(command::ArgReader& reader, command::Args args, command::Args& ids) {
  if (reader.remaining() < 2 || !reader.take("ids")) return false;
  const auto count = reader.integer("ERR Number of IDs must be a positive integer", 1);
  if (!reader.ok()) return true;
  if (static_cast<std::uint64_t>(count) > reader.remaining()) {
    reader.fail("ERR The `numids` parameter must match the number of arguments");
    return true;
  }
  ids = args.subspan(reader.position(), static_cast<std::size_t>(count));
  for (auto i = count; i > 0; --i) reader.next();
  return true;
}

}  // namespace larder::families
