// Commands as clients, append-only files and replicas send them: arrays of bulk strings.
#pragma once

#include <span>
#include <string_view>

#include "base/byte_buffer.h"

namespace larder::resp {

// Appends one command.
void append_command(base::ByteBuffer& out, std::span<const std::string_view> words);

// Whether `request` is, byte for byte, what append_command() would make of `words`. REQUIRES: a
// parser took it apart, into these words, or all of them stand elsewhere.
bool is_command_text(std::string_view request, std::span<const std::string_view> words) noexcept;

}  // namespace larder::resp
