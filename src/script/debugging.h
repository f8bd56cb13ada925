// What the debugger of scripts needs of the server: which clients debug theirs, and the way to one
// of them. The protocol is that of `redis-cli --ldb`.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/function_ref.h"

namespace larder::command {
class Context;
}

namespace larder::script {

// Whether, and where, a client's scripts run under the debugger: SCRIPT DEBUG.
enum class DebugMode : std::uint8_t {
  off,
  forked,      // in a copy of the server, whose changes are gone when the script ends
  synchronous  // in the server itself, which does nothing else meanwhile
};

// The client that debugs a script.
class DebugConsole {
 public:
  struct Heard {
    // Of a command, valid until the next; none where the client is gone.
    std::span<const std::string_view> words;
    // Where what came is no command: what the script is to end with.
    const char* error = nullptr;
  };
  // Waits for the next command.
  virtual Heard listen() = 0;
  // Sends a reply, which is encoded already.
  virtual void tell(std::string_view reply) = 0;

 protected:
  ~DebugConsole() = default;
};

class DebugSessions {
 public:
  virtual bool is_on(command::Context& context) const = 0;
  // The failure is what to answer; empty where there is none.
  virtual std::string_view set_mode(command::Context& context, DebugMode mode) = 0;

  // Has `session` run the client's script, in the way it chose, and closes its connection at the
  // end. Answers an error where that cannot be.
  using Session = base::FunctionRef<void(DebugConsole&)>;
  virtual void run(command::Context& context, Session session) = 0;

 protected:
  ~DebugSessions() = default;
};

}  // namespace larder::script
