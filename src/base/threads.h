// Threads that work in the background, beside that of the event loop: they have names, as the
// system's tools show them, and may have cores of their own.
#pragma once

#include <functional>
#include <thread>

#include "base/cores.h"

namespace larder::base {

// Where threads run that are started from now on; an empty set: where those that start them do.
// Cores are the process's, not a part's that would have to be handed down to whoever has a thread.
void set_background_cores(const Cores& cores);

// `name` has at most 15 bytes.
std::thread start_background_thread(const char* name, std::function<void()> work);

}  // namespace larder::base
