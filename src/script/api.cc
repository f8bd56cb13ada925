// The tables `redis` and `server`: what a script calls. Error texts are the protocol's.

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include "base/log.h"
#include "base/numbers.h"
#include "command/table.h"
#include "larder/version.h"
#include "script/conversions.h"
#include "script/debugger.h"
#include "script/interpreter.h"
#include "script/sandbox.h"
#include "script/sha1.h"

namespace larder::script {
namespace {

constexpr int kReplicateAll = 3;

Interpreter& interpreter_of(lua_State* lua) {
  return *static_cast<Interpreter*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

// An error such as commands answer with, for redis.pcall to return and redis.call to raise.
void push_error(lua_State* lua, std::string_view text) {
  if (auto* const debugger = interpreter_of(lua).debugger()) debugger->note_error(text);
  lua_createtable(lua, 0, 4);
  push(lua, text);
  set_raw(lua, -2, "err");
}

int raise_error(lua_State* lua, std::string_view text) {
  push_error(lua, text);
  return lua_error(lua);
}

// --- redis.call and redis.pcall ---

// An integer's digits, or enough digits to read back the same double.
std::string_view append_number(base::ByteBuffer& numbers, double number) {
  constexpr std::size_t kBytesMax = 32;
  char* const at = numbers.prepare(kBytesMax);
  const bool is_integer = number >= -9223372036854775808.0 && number < 9223372036854775808.0 &&
                          static_cast<double>(static_cast<std::int64_t>(number)) == number;
  const auto size =
      is_integer
          ? static_cast<std::size_t>(base::write_i64(at, static_cast<std::int64_t>(number)) - at)
          : static_cast<std::size_t>(std::snprintf(at, kBytesMax, "%.17g", number));
  numbers.commit(size);
  return {at, size};
}

// The call's arguments as a command; false where one is neither a string nor a number.
bool take_arguments(lua_State* lua, Interpreter::Scratch& scratch) {
  const int count = lua_gettop(lua);
  scratch.arguments.clear();
  scratch.numbers.clear();
  for (int i = 1; i <= count; ++i) {
    const int type = lua_type(lua, i);
    if (type == LUA_TSTRING) {
      scratch.arguments.push_back(view(lua, i));
    } else if (type == LUA_TNUMBER) {
      // Room for all at once: views of those before stay valid.
      if (scratch.numbers.empty()) scratch.numbers.reserve(static_cast<std::size_t>(count) * 32);
      scratch.arguments.push_back(append_number(scratch.numbers, lua_tonumber(lua, i)));
    } else {
      return false;
    }
  }
  return true;
}

// Pushes what the command replies, or why it was not run.
void run_command(lua_State* lua) {
  auto& interpreter = interpreter_of(lua);
  auto& scratch = interpreter.scratch();
  auto* const run = interpreter.run();
  if (run == nullptr) {
    return push_error(lua, "ERR redis.call/pcall can only be called inside a script invocation");
  }
  if (lua_gettop(lua) == 0) {
    return push_error(lua, "ERR Please specify at least one argument for this call");
  }
  if (!take_arguments(lua, scratch)) {
    return push_error(lua, "ERR Command arguments must be strings or integers");
  }
  const auto reply = interpreter.run_command(scratch.arguments);
  lua_settop(lua, 0);  // as many arguments as the stack takes leave no room for the reply
  if (reply.empty()) return lua_pushnil(lua);  // some commands do not reply
  push_reply(lua, reply);
}

int call(lua_State* lua) {
  run_command(lua);
  if (!lua_istable(lua, -1)) return 1;
  get_raw(lua, -1, "err");
  const bool is_error = !lua_isnil(lua, -1);
  lua_pop(lua, 1);
  return is_error ? lua_error(lua) : 1;
}

int pcall(lua_State* lua) {
  run_command(lua);
  return 1;
}

// --- replies ---

int reply_table(lua_State* lua, std::string_view field, std::string_view text) {
  lua_createtable(lua, 0, 1);
  push(lua, text);
  set_raw(lua, -2, field);
  return 1;
}

bool has_one_string(lua_State* lua) {
  return lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING;
}

int wrong_arguments(lua_State* lua) {
  push_error(lua, "ERR wrong number or type of arguments");
  return 1;
}

int error_reply(lua_State* lua) {
  if (!has_one_string(lua)) return wrong_arguments(lua);
  auto text = view(lua, 1);
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.find(' ') != std::string_view::npos) return reply_table(lua, "err", text);
  return reply_table(lua, "err", "ERR " + std::string(text));
}

int status_reply(lua_State* lua) {
  if (!has_one_string(lua)) return wrong_arguments(lua);
  return reply_table(lua, "ok", view(lua, 1));
}

// --- the rest ---

int sha1hex(lua_State* lua) {
  if (lua_gettop(lua) != 1) return raise_error(lua, "ERR wrong number of arguments");
  const char* const text = lua_tostring(lua, 1);
  push(lua, sha1_hex(text == nullptr ? std::string_view{} : view(lua, 1)));
  return 1;
}

int log_line(lua_State* lua) {
  const int count = lua_gettop(lua);
  if (count < 2) return raise_error(lua, "ERR redis.log() requires two arguments or more.");
  if (lua_isnumber(lua, 1) == 0) {
    return raise_error(lua, "ERR First argument must be a number (log level).");
  }
  constexpr log::Level kLevels[] = {log::Level::debug, log::Level::verbose, log::Level::notice,
                                    log::Level::warning};
  const auto level = lua_tointeger(lua, 1);
  if (level < 0 || level > 3) return raise_error(lua, "ERR Invalid debug level.");
  if (!log::is_on(kLevels[level])) return 0;
  std::string line;
  for (int i = 2; i <= count; ++i) {
    if (i > 2) line += ' ';
    if (lua_isstring(lua, i) != 0) line += view(lua, i);
  }
  log::write(kLevels[level], line);
  return 0;
}

int set_protocol(lua_State* lua) {
  if (lua_gettop(lua) != 1) return raise_error(lua, "ERR redis.setresp() requires one argument.");
  const auto version = lua_tointeger(lua, 1);
  if (version != 2 && version != 3) return raise_error(lua, "ERR RESP version must be 2 or 3.");
  auto* const run = interpreter_of(lua).run();
  if (run != nullptr) run->protocol = static_cast<resp::Protocol>(version);
  return 0;
}

// Whatever a script replicates are its effects: the choice is checked, and then has none.
int set_replication(lua_State* lua) {
  if (lua_gettop(lua) != 1) {
    return raise_error(lua, "ERR redis.set_repl() requires two arguments.");
  }
  const auto flags = lua_tointeger(lua, 1);
  if ((flags & ~kReplicateAll) != 0) {
    return raise_error(lua,
                       "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or "
                       "REPL_NONE.");
  }
  return 0;
}

int replicate_commands(lua_State* lua) {
  lua_pushboolean(lua, 1);
  return 1;
}

// Whether there is a debugger to stop in.
int breakpoint(lua_State* lua) {
  auto* const debugger = interpreter_of(lua).debugger();
  if (debugger != nullptr) debugger->stop_at_next_line();
  lua_pushboolean(lua, debugger != nullptr ? 1 : 0);
  return 1;
}

int debug(lua_State* lua) {
  if (auto* const debugger = interpreter_of(lua).debugger()) debugger->show_arguments(lua);
  return 0;
}

int check_permission(lua_State* lua) {
  auto& interpreter = interpreter_of(lua);
  auto* const run = interpreter.run();
  if (run == nullptr) {
    return raise_error(lua,
                       "ERR redis.acl_check_cmd can only be called inside a script invocation");
  }
  if (lua_gettop(lua) == 0) {
    return raise_error(lua, "ERR Please specify at least one argument for this call");
  }
  auto& scratch = interpreter.scratch();
  if (!take_arguments(lua, scratch)) {
    return raise_error(lua, "ERR Command arguments must be strings or integers");
  }
  const auto* const command = run->context.table.resolve(scratch.arguments);
  if (command == nullptr || command->spec->handler == nullptr) {
    return raise_error(lua, "ERR Invalid command passed to server.acl_check_cmd()");
  }
  lua_pushboolean(lua, 1);
  return 1;
}

constexpr luaL_Reg kFunctions[] = {{"call", call},
                                   {"pcall", pcall},
                                   {"error_reply", error_reply},
                                   {"status_reply", status_reply},
                                   {"sha1hex", sha1hex},
                                   {"log", log_line},
                                   {"setresp", set_protocol},
                                   {"set_repl", set_replication},
                                   {"acl_check_cmd", check_permission}};
// Which functions of libraries do not have.
constexpr luaL_Reg kScriptFunctions[] = {
    {"replicate_commands", replicate_commands}, {"breakpoint", breakpoint}, {"debug", debug}};
constexpr luaL_Reg kLoadApi[] = {{"log", log_line}};

struct Constant {
  const char* name;
  int value;
};
constexpr Constant kLogLevels[] = {
    {"LOG_DEBUG", 0}, {"LOG_VERBOSE", 1}, {"LOG_NOTICE", 2}, {"LOG_WARNING", 3}};
constexpr Constant kReplication[] = {{"REPL_NONE", 0},
                                     {"REPL_AOF", 1},
                                     {"REPL_SLAVE", 2},
                                     {"REPL_REPLICA", 2},
                                     {"REPL_ALL", kReplicateAll}};

// "7.4.3" as 0x00070403.
int version_number(std::string_view version) {
  int number = 0;
  int part = 0;
  for (const char c : version) {
    if (c == '.') {
      number = (number << 8) | part;
      part = 0;
    } else {
      part = part * 10 + (c - '0');
    }
  }
  return (number << 8) | part;
}

void add_version(lua_State* lua, const char* name, const char* number_name, const char* version) {
  lua_pushstring(lua, version);
  lua_setfield(lua, -2, name);
  lua_pushinteger(lua, version_number(version));
  lua_setfield(lua, -2, number_name);
}

void add_functions(Interpreter& interpreter, std::span<const luaL_Reg> functions) {
  auto* const lua = interpreter.lua();
  for (const auto& function : functions) {
    lua_pushlightuserdata(lua, &interpreter);
    lua_pushcclosure(lua, function.func, 1);
    lua_setfield(lua, -2, function.name);
  }
}

void add_constants(lua_State* lua, std::span<const Constant> constants) {
  for (const auto& constant : constants) {
    lua_pushinteger(lua, constant.value);
    lua_setfield(lua, -2, constant.name);
  }
}

void add_versions(lua_State* lua) {
  add_version(lua, "REDIS_VERSION", "REDIS_VERSION_NUM", kRedisVersion);
  add_version(lua, "SERVER_VERSION", "SERVER_VERSION_NUM", kLarderVersion);
  lua_pushliteral(lua, "larder");
  lua_setfield(lua, -2, "SERVER_NAME");
}

}  // namespace

void add_api(Interpreter& interpreter) {
  auto* const lua = interpreter.lua();
  lua_createtable(lua, 0, 32);
  add_functions(interpreter, kFunctions);
  if (interpreter.dialect() == Dialect::scripts) add_functions(interpreter, kScriptFunctions);
  add_constants(lua, kLogLevels);
  add_constants(lua, kReplication);
  add_versions(lua);
  protect(lua);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -3, "redis");
  lua_setfield(lua, -2, "server");
}

void add_load_api(Interpreter& interpreter) {
  auto* const lua = interpreter.lua();
  add_functions(interpreter, kLoadApi);
  add_constants(lua, kLogLevels);
  add_versions(lua);
}

}  // namespace larder::script
