#include "script/sandbox.h"

#include <span>
#include <string_view>

#include "base/check.h"
#include "script/libraries.h"

namespace larder::script {
namespace {

using Names = std::span<const char* const>;

// Its address marks the metatables of stand-ins, under a key that no script can form.
constexpr char kMark = 0;

constexpr const char* kBase[] = {"assert",   "error",    "gcinfo",   "getmetatable",
                                 "ipairs",   "rawequal", "select",   "tonumber",
                                 "tostring", "type",     "_VERSION", "xpcall"};
constexpr const char* kString[] = {"byte",  "char", "dump",    "format", "len",
                                   "lower", "rep",  "reverse", "sub",    "upper"};
constexpr const char* kTable[] = {"concat", "foreach", "foreachi", "getn",
                                  "maxn",   "remove",  "setn",     "sort"};
constexpr const char* kMath[] = {"abs",   "acos", "asin",  "atan",   "atan2",      "ceil",  "cos",
                                 "cosh",  "deg",  "exp",   "floor",  "fmod",       "frexp", "huge",
                                 "ldexp", "log",  "log10", "max",    "min",        "mod",   "modf",
                                 "pi",    "pow",  "rad",   "random", "randomseed", "sin",   "sinh",
                                 "sqrt",  "tan",  "tanh"};
constexpr const char* kCoroutine[] = {"create", "resume", "running", "status", "wrap", "yield"};
constexpr const char* kOs[] = {"clock"};

int refuse_write(lua_State* lua) { return luaL_error(lua, "Attempt to modify a readonly table"); }

int refuse_global(lua_State* lua) {
  const char* const name = lua_tostring(lua, 2);
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                    name != nullptr ? name : luaL_typename(lua, 2));
}

// Pushes a table of the named fields of the table at `from`.
void push_chosen(lua_State* lua, int from, Names names) {
  lua_createtable(lua, 0, static_cast<int>(names.size()));
  for (const char* const name : names) {
    lua_getfield(lua, from, name);
    lua_setfield(lua, -2, name);
  }
}

// Sets a protected table `library` in the globals at `globals`, of the opened library's chosen
// functions and our own.
void add_library(lua_State* lua, int globals, const char* library, Names names,
                 const luaL_Reg* own = nullptr) {
  lua_getfield(lua, LUA_GLOBALSINDEX, library);
  push_chosen(lua, lua_gettop(lua), names);
  if (own != nullptr) luaL_register(lua, nullptr, own);
  lua_remove(lua, -2);
  protect(lua);
  lua_setfield(lua, globals, library);
}

void add_own(lua_State* lua, int globals, const char* library, void (*push_library)(lua_State*)) {
  push_library(lua);
  protect(lua);
  lua_setfield(lua, globals, library);
}

void push_strings(lua_State* lua) {
  lua_getfield(lua, LUA_GLOBALSINDEX, "string");
  push_chosen(lua, lua_gettop(lua), kString);
  add_pattern_functions(lua, lua_gettop(lua) - 1);
  lua_remove(lua, -2);
}

// Strings have methods: the real functions behind a metatable that scripts cannot reach into.
void add_strings(lua_State* lua, int globals) {
  push_strings(lua);
  protect(lua);
  lua_setfield(lua, globals, "string");

  lua_pushliteral(lua, "");
  lua_createtable(lua, 0, 2);
  push_strings(lua);
  lua_setfield(lua, -2, "__index");
  lua_createtable(lua, 0, 1);
  lua_getfield(lua, globals, "string");
  lua_setfield(lua, -2, "__index");
  protect(lua);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

void open_libraries(lua_State* lua) {
  constexpr luaL_Reg kLibraries[] = {{"", luaopen_base},
                                     {LUA_TABLIBNAME, luaopen_table},
                                     {LUA_STRLIBNAME, luaopen_string},
                                     {LUA_MATHLIBNAME, luaopen_math},
                                     {LUA_OSLIBNAME, luaopen_os}};
  for (const auto& library : kLibraries) {
    lua_pushcfunction(lua, library.func);
    lua_pushstring(lua, library.name);
    lua_call(lua, 1, 0);
  }
}

}  // namespace

int raise(lua_State* lua, std::string_view text) {
  push(lua, text);
  lua_error(lua);
  CHECK(false, "an error that was raised returned");
}

void protect(lua_State* lua) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 4);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_write);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pushlightuserdata(lua, const_cast<char*>(&kMark));
  lua_pushboolean(lua, 1);
  lua_rawset(lua, -3);
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

bool is_protected(lua_State* lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  lua_pushlightuserdata(lua, const_cast<char*>(&kMark));
  lua_rawget(lua, -2);
  const bool is_marked = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 2);
  return is_marked;
}

void refuse_missing(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, refuse_global);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
}

void set_visible_globals(lua_State* lua) {
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  set_raw(lua, -2, "__index");
  lua_pop(lua, 3);
}

void open_sandbox(lua_State* lua) {
  open_libraries(lua);
  push_chosen(lua, LUA_GLOBALSINDEX, kBase);
  const int globals = lua_gettop(lua);
  luaL_register(lua, nullptr, kBaseFunctions);
  luaL_register(lua, nullptr, kLoadFunctions);
  add_library(lua, globals, "table", kTable, kTableFunctions);
  add_library(lua, globals, "math", kMath);
  add_library(lua, globals, "coroutine", kCoroutine);
  add_library(lua, globals, "os", kOs);
  add_strings(lua, globals);
  add_own(lua, globals, "cjson", push_cjson);
  add_own(lua, globals, "cmsgpack", push_cmsgpack);
  add_own(lua, globals, "struct", push_struct);
  add_own(lua, globals, "bit", push_bit);

  lua_pushvalue(lua, globals);
  protect(lua);
  lua_getmetatable(lua, -1);  // what getmetatable(_G) shows is a stand-in, too
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, refuse_global);
  lua_setfield(lua, -2, "__index");
  lua_pushvalue(lua, -1);
  lua_setmetatable(lua, globals);
  protect(lua);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 1);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, globals, "_G");
  lua_replace(lua, LUA_GLOBALSINDEX);
}

}  // namespace larder::script
