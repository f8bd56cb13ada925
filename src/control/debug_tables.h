// DEBUG HTSTATS-KEY.
#pragma once

#include "command/spec.h"

namespace larder::control {

// HTSTATS-KEY key [FULL]: how the elements of a large hash or set lie in its table.
void debug_table_of_key(command::Context& ctx, command::Args args);

}  // namespace larder::control
