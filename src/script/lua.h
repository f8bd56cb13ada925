// The interpreter's C interface, and the few calls that read better with views. The library is the
// one built as C++: an error unwinds as an exception, so destructors run, and nothing that calls
// into the interpreter may be noexcept.
#pragma once

#include <lua.hpp>
#include <string_view>

namespace larder::script {

inline void push(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

// Of a string; a number at `index` becomes one.
inline std::string_view view(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const bytes = lua_tolstring(lua, index, &size);
  return {bytes, size};
}

inline int absolute(lua_State* lua, int index) {
  return index < 0 && index > LUA_REGISTRYINDEX ? lua_gettop(lua) + index + 1 : index;
}

// Assigns the value on top to `name` of the table at `index`, past metatables; pops the value.
inline void set_raw(lua_State* lua, int index, std::string_view name) {
  const int table = absolute(lua, index);
  push(lua, name);
  lua_insert(lua, -2);
  lua_rawset(lua, table);
}

// Pushes `name` of the table at `index`, past metatables.
inline void get_raw(lua_State* lua, int index, std::string_view name) {
  const int table = absolute(lua, index);
  push(lua, name);
  lua_rawget(lua, table);
}

// Raises `text` as it stands, without the place in the script that luaL_error puts before it.
[[noreturn]] int raise(lua_State* lua, std::string_view text);

}  // namespace larder::script
