// Steps by which files are written so that they survive a crash.
#pragma once

#include <string>
#include <string_view>

namespace larder::base {

// Writes all of `bytes`; false with errno where that failed, perhaps after some of them.
bool write_all(int fd, std::string_view bytes) noexcept;

// Makes a rename to `path`, or a file made there, durable; false with errno.
bool sync_directory_of(const std::string& path);

}  // namespace larder::base
