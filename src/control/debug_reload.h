// DEBUG RELOAD and DEBUG LOADAOF.
#pragma once

#include "command/spec.h"

namespace larder::control {

// RELOAD [MERGE] [NOFLUSH] [NOSAVE]: writes a snapshot and loads it again.
void debug_reload(command::Context& ctx, command::Args args);

// LOADAOF: forgets all data and loads it again from the append-only log.
void debug_load_log(command::Context& ctx, command::Args args);

}  // namespace larder::control
