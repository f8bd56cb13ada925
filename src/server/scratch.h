// Memory that all connections use in turn while they run: what is read, parsed and answered. One of
// each keeps it warm in the cache and an idle connection small.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "command/table.h"
#include "keyspace/types.h"

namespace larder::server {

// One parsed command: its arguments among the batch's, and where it ends in the input.
struct ParsedCommand {
  std::uint32_t first_argument = 0;
  std::uint32_t argument_count = 0;  // 0: an empty line
  std::size_t end = 0;
  const command::Command* command = nullptr;  // nullptr: unknown
  keyspace::Key key{};                        // the first key, where it was fetched ahead
  const value::Object* object = nullptr;      // its object, while that is fetched ahead
};

struct Scratch {
  base::ByteBuffer read;
  base::ByteBuffer reply;
  base::ByteBuffer pushes;  // to the client whose command runs: they follow its reply
  std::vector<std::string_view> arguments;
  std::vector<ParsedCommand> batch;
};

}  // namespace larder::server
