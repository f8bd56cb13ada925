// Runs a script under the eyes of a client: stops at its lines, shows them and what is in their
// variables, and does what the client says until that lets the script go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "script/debug_log.h"
#include "script/debugging.h"
#include "script/lua.h"

namespace larder::script {

class Interpreter;

// One session, which begins with a stop at the script's first line.
class Debugger {
 public:
  using Words = std::span<const std::string_view>;

  // `source` is what EVAL brought, and outlives it. A script that runs for `patience` without a
  // stop is stopped.
  Debugger(DebugConsole& console, std::string_view source, std::chrono::milliseconds patience);

  // Tells the client that there is nothing more to come.
  void end();

  // Of the interpreter: the script is about to run a line, or has run for a while. May raise.
  void on_hook(Interpreter& interpreter, lua_State* lua, lua_Debug* event);

  // redis.breakpoint(), and redis.debug() with its arguments on the stack.
  void stop_at_next_line() noexcept { stops_next_ = true; }
  void show_arguments(lua_State* lua);

  // What a line that is stepped through calls, and how that ends.
  void note_call(Words command);
  void note_reply(std::string_view reply);
  void note_error(std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Next { command, script };
  struct Command {
    std::string_view name;
    std::string_view letter;
    std::size_t words_min;
    Next (Debugger::*run)(lua_State*, Words);
  };
  static const Command kCommands[];
  static const Command* find_command(Words words);

  std::string_view reason_to_stop(int event) const;
  void converse(lua_State* lua, bool is_in_time);
  void end_evaluation(lua_State* lua) const;

  bool has_breakpoint(std::int64_t line) const;
  void show_line(std::int64_t line);
  void show_lines(std::int64_t around, std::int64_t context);
  void show_value(lua_State* lua, int index, std::string text);
  bool show_local(lua_State* lua, std::string_view name);
  void change_breakpoint(std::string_view word);

  // The commands: debugger_commands.cc
  Next step(lua_State* lua, Words words);
  Next go_on(lua_State* lua, Words words);
  Next list(lua_State* lua, Words words);
  Next list_all(lua_State* lua, Words words);
  Next print(lua_State* lua, Words words);
  Next change_breakpoints(lua_State* lua, Words words);
  Next trace(lua_State* lua, Words words);
  Next evaluate(lua_State* lua, Words words);
  Next call(lua_State* lua, Words words);
  Next limit_values(lua_State* lua, Words words);
  Next abort(lua_State* lua, Words words);
  Next help(lua_State* lua, Words words);

  DebugConsole& console_;
  DebugLog log_;
  std::vector<std::string_view> lines_;
  std::chrono::milliseconds patience_;
  Clock::time_point resumed_;
  Interpreter* interpreter_ = nullptr;  // of the script that runs
  std::vector<std::int64_t> breakpoints_;
  std::int64_t line_ = 0;
  bool is_stepping_ = true;
  bool stops_next_ = false;
  lua_State* evaluating_ = nullptr;  // code that the client sent
};

}  // namespace larder::script
