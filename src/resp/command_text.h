// Commands as clients, append-only files and replicas send them: arrays of bulk strings.
#pragma once

#include <span>
#include <string_view>

#include "base/byte_buffer.h"

namespace larder::resp {

// Appends one command.
void append_command(base::ByteBuffer& out, std::span<const std::string_view> words);

}  // namespace larder::resp
