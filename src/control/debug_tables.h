// DEBUG HTSTATS and HTSTATS-KEY.
#pragma once

#include "command/spec.h"

namespace larder::control {

// HTSTATS-KEY key [FULL]: how the elements of a large hash or set lie in its table.
void debug_table_of_key(command::Context& ctx, command::Args args);
// HTSTATS database [FULL]: how keys lie in the table of a database.
void debug_table_of_database(command::Context& ctx, command::Args args);

}  // namespace larder::control
