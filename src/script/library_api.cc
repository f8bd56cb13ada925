#include "script/library_api.h"

#include <algorithm>

#include "base/numbers.h"
#include "script/library.h"
#include "script/sandbox.h"

namespace larder::script {
namespace {

int fail(lua_State* lua, std::string_view text) {
  lua_createtable(lua, 0, 3);
  push(lua, text);
  set_raw(lua, -2, "err");
  return lua_error(lua);
}

// Names of flags in the list on top.
bool read_flags(lua_State* lua, Flags& flags) {
  for (int i = 1;; ++i) {
    lua_rawgeti(lua, -1, i);
    const int type = lua_type(lua, -1);
    const bool ok = type == LUA_TSTRING && set_flag(flags, view(lua, -1));
    lua_pop(lua, 1);
    if (type == LUA_TNIL) return true;
    if (!ok) return false;
  }
}

// The function's fields out of the table at index 1; the callback is left on top.
// Returns what is wrong.
std::string_view read_named(lua_State* lua, Function& function) {
  bool has_name = false;
  lua_pushnil(lua);  // where the callback will stand
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    if (lua_type(lua, -2) != LUA_TSTRING) {
      return lua_type(lua, -2) == LUA_TNUMBER
                 ? "ERR unknown argument given to server.register_function"
                 : "ERR named argument key given to server.register_function is not a string";
    }
    const auto key = view(lua, -2);
    const bool is_text = lua_isstring(lua, -1) != 0;
    if (key == "function_name") {
      if (!is_text) {
        return "ERR function_name argument given to server.register_function must be a string";
      }
      function.name = view(lua, -1);
      has_name = true;
    } else if (key == "description") {
      if (!is_text) {
        return "ERR description argument given to server.register_function must be a string";
      }
      function.description = view(lua, -1);
    } else if (key == "callback") {
      if (!lua_isfunction(lua, -1)) {
        return "ERR callback argument given to server.register_function must be a function";
      }
      lua_pushvalue(lua, -1);
      lua_replace(lua, 2);
    } else if (key == "flags") {
      if (!lua_istable(lua, -1)) {
        return "ERR flags argument to server.register_function must be a table representing "
               "function flags";
      }
      if (!read_flags(lua, function.flags)) return "ERR unknown flag given";
    } else {
      return "ERR unknown argument given to server.register_function";
    }
    lua_pop(lua, 1);
  }
  if (!has_name) return "ERR server.register_function must get a function name argument";
  if (lua_isnil(lua, -1)) return "ERR server.register_function must get a callback argument";
  return {};
}

std::string_view read_positional(lua_State* lua, Function& function) {
  if (lua_isstring(lua, 1) == 0) {
    return "ERR first argument to server.register_function must be a string";
  }
  if (!lua_isfunction(lua, 2)) {
    return "ERR second argument to server.register_function must be a function";
  }
  function.name = view(lua, 1);
  return {};
}

std::string_view read_function(lua_State* lua, Function& function) {
  switch (lua_gettop(lua)) {
    case 1:
      if (lua_istable(lua, 1)) return read_named(lua, function);
      return "ERR calling server.register_function with a single argument is only applicable to "
             "Lua table (representing named arguments).";
    case 2:
      return read_positional(lua, function);
    default:
      return "ERR wrong number of arguments to server.register_function";
  }
}

int register_function(lua_State* lua) {
  auto& interpreter = *static_cast<Interpreter*>(lua_touserdata(lua, lua_upvalueindex(1)));
  auto* const library = interpreter.loading();
  if (library == nullptr) {
    return fail(lua, "ERR server.register_function can only be called on FUNCTION LOAD command");
  }
  Function function;
  if (const auto wrong = read_function(lua, function); !wrong.empty()) return fail(lua, wrong);
  if (!is_library_name(function.name)) return fail(lua, "ERR " + std::string(kBadLibraryName));
  const auto is_same = [&](const Function& other) {
    return base::equal_ignoring_case(other.name, function.name);
  };
  if (std::any_of(library->functions.begin(), library->functions.end(), is_same)) {
    return fail(lua, "ERR Function already exists in the library");
  }
  function.callback = luaL_ref(lua, LUA_REGISTRYINDEX);
  library->functions.push_back(std::move(function));
  return 0;
}

}  // namespace

void push_load_globals(Interpreter& interpreter) {
  auto* const lua = interpreter.lua();
  lua_createtable(lua, 0, 2);
  lua_createtable(lua, 0, 16);
  lua_pushlightuserdata(lua, &interpreter);
  lua_pushcclosure(lua, register_function, 1);
  lua_setfield(lua, -2, "register_function");
  add_load_api(interpreter);
  refuse_missing(lua);
  protect(lua);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -3, "redis");
  lua_setfield(lua, -2, "server");
  refuse_missing(lua);
}

}  // namespace larder::script
