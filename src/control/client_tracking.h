// The subcommands of CLIENT that are about client-side caching.
#pragma once

#include "command/spec.h"

namespace larder::control {

void client_tracking(command::Context& ctx, command::Args args);
void client_caching(command::Context& ctx, command::Args args);
void client_getredir(command::Context& ctx, command::Args args);
void client_trackinginfo(command::Context& ctx, command::Args args);

}  // namespace larder::control
