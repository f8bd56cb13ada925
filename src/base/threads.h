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

// What a thread has where it shares a core with those that serve requests: as much as they, a
// tenth of it, or a seventieth.
enum class Urgency : std::uint8_t { usual, low, lowest };

// Has the thread that calls give way so. Threads and processes that it starts do, too.
void give_way(Urgency urgency) noexcept;

// `name` has at most 15 bytes.
std::thread start_background_thread(const char* name, std::function<void()> work,
                                    Urgency urgency = Urgency::usual);

}  // namespace larder::base
