// Where the process's other threads are, for reports of crashes: each is asked by a signal, one
// after the other, and says so in the signal's handler. Nothing is allocated and no lock taken.
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "base/function_ref.h"

namespace larder::server::thread_stacks {

struct Stack {
  pid_t thread;
  std::string_view name;
  std::span<void* const> frames;  // innermost first; empty where the thread did not answer
};

// Takes the signal that asks from here on.
void install() noexcept;
void remove() noexcept;

// Calls `tell` for each thread but the one that calls. Waits for each a fifth of a second at most:
// one that waits for a disk that does not answer may not answer, either. One caller at a time.
void for_each_other(base::FunctionRef<void(const Stack&)> tell) noexcept;

}  // namespace larder::server::thread_stacks
