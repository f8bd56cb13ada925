// What a script may reach: a chosen part of Lua's own library, in tables that cannot be changed.
//
// A protected table is an empty stand-in whose metatable reads through to the real one and refuses
// writes. Lua 5.1 lets a few functions pass metatables by (rawset, next, table.insert ...), so
// those are replaced by ones that know stand-ins.
#pragma once

#include "script/lua.h"

namespace larder::script {

// Replaces the table on top of the stack by its stand-in.
void protect(lua_State* lua);
// Whether the value at `index` is a stand-in.
bool is_protected(lua_State* lua, int index);

// Opens the library and makes the global table: leaves the real one on top of the stack, for the
// host to fill, and its stand-in as the environment of everything that is loaded from here on.
void open_sandbox(lua_State* lua);

// Makes reading a field that the table on top does not have an error.
void refuse_missing(lua_State* lua);

// Makes the table on top what scripts see as their globals; pops it.
// REQUIRES: open_sandbox() was called.
void set_visible_globals(lua_State* lua);

// Compiles source text to a function on top of the stack; false with the reason there instead.
// REQUIRES: `name` is held by the stack or the registry meanwhile.
bool load_text(lua_State* lua, std::string_view source, const char* name);

// What replaces Lua's own: sandbox_base.cc and sandbox_load.cc.
extern const luaL_Reg kBaseFunctions[];
extern const luaL_Reg kLoadFunctions[];
extern const luaL_Reg kTableFunctions[];
void add_pattern_functions(lua_State* lua, int from);

}  // namespace larder::script
