// Snapshots that a process began and did not live to finish: temp-<pid>.rdb, of a server that was
// killed or of its child. Each is as large as the data was.
#pragma once

#include <string>
#include <vector>

namespace larder::persist {

// Removes those in the working directory whose process is gone; returns their names.
std::vector<std::string> remove_leftover_snapshots();

}  // namespace larder::persist
