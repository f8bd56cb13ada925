// DEBUG MALLCTL and MALLCTL-STR, where the program is built with jemalloc.
#pragma once

#include "command/spec.h"

namespace larder::control {

// MALLCTL name [value]: the number of that name, before it is set.
void debug_mallctl(command::Context& ctx, command::Args args);
// MALLCTL-STR name [value]: a text; the value VOID neither reads nor writes.
void debug_mallctl_text(command::Context& ctx, command::Args args);

}  // namespace larder::control
