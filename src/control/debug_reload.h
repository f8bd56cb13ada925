// DEBUG RELOAD.
#pragma once

#include "command/spec.h"

namespace larder::control {

// RELOAD [MERGE] [NOFLUSH] [NOSAVE]: writes a snapshot and loads it again.
void debug_reload(command::Context& ctx, command::Args args);

}  // namespace larder::control
