// One Lua state with the sandbox and the API of scripts in it. Scripts and functions have one each.
//
// What every run needs stands at the bottom of its stack and stays there.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "script/lua.h"
#include "script/run.h"

namespace larder::script {

// A compiled function, kept in the registry until release().
using FunctionRef = int;

class Debugger;
struct Library;

// What the interpreter is for: the two differ in a few functions and in how they name their code.
enum class Dialect { scripts, functions };

class Interpreter {
 public:
  explicit Interpreter(Dialect dialect);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  lua_State* lua() noexcept { return lua_; }
  std::size_t memory_bytes() const noexcept { return memory_bytes_; }

  // Compiles `source`; with a failure the reason is in `error`. Lines are told as of
  // "@user_script" or "@user_function".
  bool compile(std::string_view source, FunctionRef& function, std::string& error);
  void release(FunctionRef function);

  // Calls the function on behalf of `run`, with KEYS and ARGV as globals or, of a function of a
  // library, as its arguments; answers with what it returns or raises. True where the answer is an
  // error that was counted before.
  enum class Pass { globals, arguments };
  bool call(Run& run, FunctionRef function, command::Args keys, command::Args argv, Pass pass);

  // Runs the code of a library, which registers functions in `library`; false with the reason.
  bool load_library(FunctionRef chunk, Library& library, std::string& error);
  Library* loading() noexcept { return loading_; }
  Dialect dialect() const noexcept { return dialect_; }

  // The run that calls, nullptr outside of one.
  Run* run() noexcept { return run_; }

  // Runs a command for the script and returns its reply, valid until the next; empty where it has
  // none. REQUIRES: run() != nullptr.
  std::string_view run_command(command::Args args);

  // Raises `why`, here and in whatever the script does after it caught that.
  [[noreturn]] void end_run(lua_State* lua, const char* why);

  // Shows what scripts do to `debugger`, to nobody where it is nullptr.
  void set_debugger(Debugger* debugger);
  Debugger* debugger() noexcept { return debugger_; }

  // Memory that the commands of scripts use in turn.
  struct Scratch {
    std::vector<std::string_view> arguments;
    base::ByteBuffer numbers;  // arguments that were numbers
    base::ByteBuffer reply;
  };
  Scratch& scratch() noexcept { return scratch_; }

 private:
  enum Slot {
    kGlobals = 1,
    kKeys,
    kArgv,
    kErrorHandler,
    kCodeName,
    kLoadGlobals,
    kSlots = kLoadGlobals
  };

  static void on_hook(lua_State* lua, lua_Debug* event);
  void set_hook();
  static void* allocate(void* self, void* block, std::size_t old_bytes, std::size_t bytes);
  void push_strings(command::Args strings);
  bool answer_error(Run& run);
  void revive();

  Dialect dialect_;
  std::size_t memory_bytes_ = 0;
  lua_State* lua_ = nullptr;
  Run* run_ = nullptr;
  Library* loading_ = nullptr;
  std::chrono::steady_clock::time_point loading_since_;
  const char* end_reason_ = nullptr;  // of a run that is to end
  Debugger* debugger_ = nullptr;
  Scratch scratch_;
};

// Adds `redis` and `server` to the globals on top of the stack.
void add_api(Interpreter& interpreter);
// Adds what a library may use while it is loaded to the table on top.
void add_load_api(Interpreter& interpreter);

}  // namespace larder::script
