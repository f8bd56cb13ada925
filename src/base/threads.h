// Threads that work in the background, beside that of the event loop: they have names, as the
// system's tools show them, and may have cores of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>

#include "base/cores.h"

namespace larder::base {

// Where threads run that are started from now on; an empty set: where those that start them do.
// Cores are the process's, not a part's that would have to be handed down to whoever has a thread.
void set_background_cores(const Cores& cores);

// Has the thread that calls give way to those that serve requests, where they share a core: by 10
// it has a tenth of what they have then, by 19 a seventieth. Threads and processes that it starts
// do, too.
void give_way(int nicer) noexcept;

// Whether a thread gives way: by 10, or by 19.
enum class Urgency : std::uint8_t { usual, low, lowest };

// `name` has at most 15 bytes.
std::thread start_background_thread(const char* name, std::function<void()> work,
                                    Urgency urgency = Urgency::usual);

}  // namespace larder::base
