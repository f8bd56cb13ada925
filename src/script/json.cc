#include "script/json.h"

#include <climits>

#include "script/libraries.h"

namespace larder::script {
namespace {

JsonOptions& options_of(lua_State* lua) {
  return *static_cast<JsonOptions*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

int encode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  encode_json(lua, options_of(lua));
  return 1;
}

int decode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  decode_json(lua, options_of(lua));
  return 1;
}

// --- options: each is set where it is given, and answered with ---

void begin_option(lua_State* lua, int arguments_max) {
  luaL_argcheck(lua, lua_gettop(lua) <= arguments_max, arguments_max + 1,
                "found too many arguments");
  lua_settop(lua, arguments_max);
}

void set_integer(lua_State* lua, int argument, int& option, int min, int max) {
  if (!lua_isnil(lua, argument)) {
    const auto value = luaL_checkinteger(lua, argument);
    if (value < min || value > max) {
      const char* const text = lua_pushfstring(lua, "expected integer between %d and %d", min, max);
      luaL_argerror(lua, 1, text);
    }
    option = static_cast<int>(value);
  }
  lua_pushinteger(lua, option);
}

// A boolean, or a word of `words` by its number; 0 is false and 1 true.
int choose(lua_State* lua, int argument, int current, const char* const* words) {
  if (lua_isnil(lua, argument)) return current;
  if (lua_isboolean(lua, argument)) return lua_toboolean(lua, argument);
  return luaL_checkoption(lua, argument, nullptr, words);
}

constexpr const char* kOnOff[] = {"off", "on", nullptr};
constexpr const char* kOnOffNull[] = {"off", "on", "null", nullptr};

// The option in the first argument.
void set_switch(lua_State* lua, bool& option) {
  option = choose(lua, 1, option ? 1 : 0, kOnOff) != 0;
  lua_pushboolean(lua, option ? 1 : 0);
}

int encode_sparse_array(lua_State* lua) {
  begin_option(lua, 3);
  auto& options = options_of(lua);
  set_switch(lua, options.converts_sparse_arrays);
  set_integer(lua, 2, options.sparse_ratio, 0, INT_MAX);
  set_integer(lua, 3, options.sparse_safe, 0, INT_MAX);
  return 3;
}

int encode_max_depth(lua_State* lua) {
  begin_option(lua, 1);
  set_integer(lua, 1, options_of(lua).encode_depth_max, 1, INT_MAX);
  return 1;
}

int decode_max_depth(lua_State* lua) {
  begin_option(lua, 1);
  set_integer(lua, 1, options_of(lua).decode_depth_max, 1, INT_MAX);
  return 1;
}

int encode_number_precision(lua_State* lua) {
  begin_option(lua, 1);
  set_integer(lua, 1, options_of(lua).number_precision, 1, 14);
  return 1;
}

// Each text is encoded in memory of its own: the choice is kept, and then has no effect.
int encode_keep_buffer(lua_State* lua) {
  begin_option(lua, 1);
  set_switch(lua, options_of(lua).keeps_buffer);
  return 1;
}

int encode_invalid_numbers(lua_State* lua) {
  begin_option(lua, 1);
  auto& option = options_of(lua).encode_invalid;
  option = static_cast<InvalidNumbers>(choose(lua, 1, static_cast<int>(option), kOnOffNull));
  if (option == InvalidNumbers::null) {
    lua_pushliteral(lua, "null");
  } else {
    lua_pushboolean(lua, option == InvalidNumbers::accept ? 1 : 0);
  }
  return 1;
}

int decode_invalid_numbers(lua_State* lua) {
  begin_option(lua, 1);
  set_switch(lua, options_of(lua).decodes_invalid);
  return 1;
}

// A module with options of its own.
int make(lua_State* lua) {
  push_cjson(lua);
  return 1;
}

constexpr luaL_Reg kFunctions[] = {{"encode", encode},
                                   {"decode", decode},
                                   {"encode_sparse_array", encode_sparse_array},
                                   {"encode_max_depth", encode_max_depth},
                                   {"decode_max_depth", decode_max_depth},
                                   {"encode_number_precision", encode_number_precision},
                                   {"encode_keep_buffer", encode_keep_buffer},
                                   {"encode_invalid_numbers", encode_invalid_numbers},
                                   {"decode_invalid_numbers", decode_invalid_numbers},
                                   {"new", make}};

}  // namespace

void push_cjson(lua_State* lua) {
  lua_createtable(lua, 0, 16);
  new (lua_newuserdata(lua, sizeof(JsonOptions))) JsonOptions();
  for (const auto& function : kFunctions) {
    lua_pushvalue(lua, -1);
    lua_pushcclosure(lua, function.func, 1);
    lua_setfield(lua, -3, function.name);
  }
  lua_pop(lua, 1);
  lua_pushlightuserdata(lua, nullptr);
  lua_setfield(lua, -2, "null");
  lua_pushliteral(lua, "cjson");
  lua_setfield(lua, -2, "_NAME");
  lua_pushliteral(lua, "2.1.0");
  lua_setfield(lua, -2, "_VERSION");
}

}  // namespace larder::script
