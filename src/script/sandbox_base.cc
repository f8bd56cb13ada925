// Functions of Lua's library that would pass by the protection of tables, or that a hostile
// argument could break, in versions that do neither. Their texts are Lua's.

#include <algorithm>
#include <cstring>

#include "script/sandbox.h"

namespace larder::script {
namespace {

constexpr const char* kReadOnly = "Attempt to modify a readonly table";

// Pushes the table behind a stand-in, or the value itself.
void push_real(lua_State* lua, int index) {
  if (lua_istable(lua, index) && is_protected(lua, index)) {
    lua_getmetatable(lua, index);
    lua_getfield(lua, -1, "__index");
    lua_remove(lua, -2);
  } else {
    lua_pushvalue(lua, index);
  }
}

int raw_get(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  push_real(lua, 1);
  lua_replace(lua, 1);
  lua_rawget(lua, 1);
  return 1;
}

int raw_set(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  luaL_checkany(lua, 3);
  lua_settop(lua, 3);
  if (is_protected(lua, 1)) return raise(lua, kReadOnly);
  lua_rawset(lua, 1);
  return 1;
}

int set_metatable(lua_State* lua) {
  const int type = lua_type(lua, 2);
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argcheck(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
  if (is_protected(lua, 1)) return raise(lua, kReadOnly);
  if (luaL_getmetafield(lua, 1, "__metatable") != 0) {
    return luaL_error(lua, "cannot change a protected metatable");
  }
  lua_settop(lua, 2);
  lua_setmetatable(lua, 1);
  return 1;
}

int next(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  if (is_protected(lua, 1)) {
    push_real(lua, 1);
    lua_replace(lua, 1);
  }
  if (lua_next(lua, 1) != 0) return 2;
  lua_pushnil(lua);
  return 1;
}

int pairs(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_pushcfunction(lua, next);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

// As Redis has it: of an error that is a table with `err`, the text is returned.
int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  const bool ok = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0) == 0;
  if (!ok && lua_istable(lua, -1)) {
    get_raw(lua, -1, "err");
    if (lua_isstring(lua, -1)) {
      lua_replace(lua, -2);
    } else {
      lua_pop(lua, 1);
    }
  }
  lua_pushboolean(lua, ok ? 1 : 0);
  lua_insert(lua, 1);
  return lua_gettop(lua);
}

// Lua's own overflows where the range is as wide as an integer.
int unpack(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const auto first = static_cast<std::int64_t>(luaL_optint(lua, 2, 1));
  const auto last = lua_isnoneornil(lua, 3) ? static_cast<std::int64_t>(lua_objlen(lua, 1))
                                            : static_cast<std::int64_t>(luaL_checkint(lua, 3));
  if (first > last) return 0;
  const auto count = last - first + 1;
  if (count >= LUAI_MAXCSTACK || lua_checkstack(lua, static_cast<int>(count)) == 0) {
    return luaL_error(lua, "too many results to unpack");
  }
  for (auto i = first; i <= last; ++i) lua_rawgeti(lua, 1, static_cast<int>(i));
  return static_cast<int>(count);
}

// Scripts share the collector: none may stop it or change its pace for those after it.
int collect_garbage(lua_State* lua) {
  constexpr const char* kOptions[] = {"collect", "stop",     "restart",    "count",
                                      "step",    "setpause", "setstepmul", nullptr};
  switch (luaL_checkoption(lua, 1, "collect", kOptions)) {
    case 0:
      lua_pushinteger(lua, lua_gc(lua, LUA_GCCOLLECT, 0));
      return 1;
    case 3:
      lua_pushnumber(lua, lua_gc(lua, LUA_GCCOUNT, 0) + lua_gc(lua, LUA_GCCOUNTB, 0) / 1024.0);
      return 1;
    case 4:
      lua_pushboolean(lua, lua_gc(lua, LUA_GCSTEP, luaL_optint(lua, 2, 0)));
      return 1;
    default:
      lua_pushinteger(lua, 0);
      return 1;
  }
}

// --- table and string ---

int table_insert(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (is_protected(lua, 1)) return raise(lua, kReadOnly);
  const int end = static_cast<int>(lua_objlen(lua, 1)) + 1;
  int at = end;
  if (lua_gettop(lua) == 3) {
    at = luaL_checkint(lua, 2);
    for (int i = std::max(end, at); i > at; --i) {
      lua_rawgeti(lua, 1, i - 1);
      lua_rawseti(lua, 1, i);
    }
  } else if (lua_gettop(lua) != 2) {
    return luaL_error(lua, "wrong number of arguments to " LUA_QL("insert"));
  }
  lua_rawseti(lua, 1, at);
  return 0;
}

// Lua's matcher calls itself for each repetition in the pattern, without a bound: a long pattern
// would overflow the stack.
constexpr std::size_t kPatternBytesMax = 8 * 1024;

void check_pattern(lua_State* lua) {
  if (lua_isstring(lua, 2) == 0 || lua_objlen(lua, 2) <= kPatternBytesMax) return;
  const auto pattern = view(lua, 2);
  const auto repetitions = std::count_if(pattern.begin(), pattern.end(), [](char c) {
    return c != 0 && std::strchr("?*+-(%", c) != nullptr;
  });
  if (repetitions > static_cast<std::ptrdiff_t>(kPatternBytesMax)) {
    luaL_error(lua, "pattern too complex");
  }
}

// The library's function is the upvalue.
int with_checked_pattern(lua_State* lua) {
  check_pattern(lua);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

}  // namespace

const luaL_Reg kBaseFunctions[] = {
    {"collectgarbage", collect_garbage}, {"next", next},      {"pairs", pairs},
    {"pcall", protected_call},           {"rawget", raw_get}, {"rawset", raw_set},
    {"setmetatable", set_metatable},     {"unpack", unpack},  {nullptr, nullptr}};
const luaL_Reg kTableFunctions[] = {{"insert", table_insert}, {nullptr, nullptr}};

// Adds what finds patterns to the library on top of the stack; the original is at `from`.
void add_pattern_functions(lua_State* lua, int from) {
  for (const char* const name : {"find", "gfind", "gmatch", "gsub", "match"}) {
    lua_getfield(lua, from, name);
    lua_pushcclosure(lua, with_checked_pattern, 1);
    lua_setfield(lua, -2, name);
  }
}

}  // namespace larder::script
