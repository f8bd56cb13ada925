// The HELP subcommand of any container command, made from the specs of its subcommands.
#pragma once

#include "command/spec.h"

namespace larder::command {

// A handler for every HELP: answers one line a subcommand with its arguments, and its summary under
// it.
void reply_help(Context& context, Args args);

// The HELP entry of a container in `group`.
constexpr Spec help_spec(Group group, std::string_view since, Categories categories = 0) {
  return {.name = "help",
          .arity = 2,
          .group = group,
          .since = since,
          .flags = flag::loading | flag::stale,
          .categories = categories,
          .complexity = "O(1)",
          .summary = "Returns this text.",
          .handler = reply_help};
}

}  // namespace larder::command
