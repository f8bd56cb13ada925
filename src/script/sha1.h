// The SHA1 of a script, which names it.
#pragma once

#include <string>
#include <string_view>

namespace larder::script {

inline constexpr std::size_t kSha1HexBytes = 40;

std::string sha1_hex(std::string_view bytes);

}  // namespace larder::script
