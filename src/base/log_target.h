// Where the log goes, for reports of crashes.
#pragma once

namespace larder::log {

// A descriptor, to be closed unless it is a standard one. Nothing is allocated and no lock taken.
int open_target() noexcept;

}  // namespace larder::log
