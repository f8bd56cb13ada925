// What a library's code may do while it is loaded: register functions.
#pragma once

#include "script/interpreter.h"

namespace larder::script {

// Pushes the globals of that time, protected inside: `redis` and `server` with
// register_function, log and constants; nothing of Lua's library.
void push_load_globals(Interpreter& interpreter);

}  // namespace larder::script
