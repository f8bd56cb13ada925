#include "script/msgpack.h"

#include "script/libraries.h"

namespace larder::script {
namespace {

int pack(lua_State* lua) {
  const int count = lua_gettop(lua);
  if (count == 0) return luaL_argerror(lua, 0, "MessagePack pack needs input.");
  luaL_checkstack(lua, 1, "Too many arguments for MessagePack pack.");
  base::ByteBuffer out(256);
  for (int i = 1; i <= count; ++i) {
    lua_pushvalue(lua, i);
    pack_msgpack(lua, out);
  }
  push(lua, out.view());
  return 1;
}

enum class Offset { none, told };

// Pushes up to `limit` values from `offset` on (0: all); before them, where it is told, the offset
// at which to go on, or -1.
int unpack_values(lua_State* lua, int limit, int offset, Offset told) {
  const auto input = view(lua, 1);
  const auto length = static_cast<int>(input.size());
  if (offset < 0 || limit < 0) {
    return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.", offset,
                      length);
  }
  if (offset > length) {
    return luaL_error(lua, "Start offset %d greater than input length %d.", offset, length);
  }
  const bool takes_all = limit == 0 && offset == 0;
  MsgpackReader reader(input.substr(static_cast<std::size_t>(offset)));
  int count = 0;
  for (; reader.remaining() != 0 && (takes_all || limit == 0 || count < limit); ++count) {
    luaL_checkstack(lua, 1,
                    "too many return values at once; use unpack_one or unpack_limit instead.");
    reader.push_next(lua);
  }
  // As the original: whoever asked for everything gets no offset.
  if (told == Offset::none || takes_all) return count;
  const auto at = static_cast<lua_Number>(input.size() - reader.remaining());
  lua_pushnumber(lua, reader.remaining() == 0 ? -1 : at);
  lua_insert(lua, -(count + 1));
  return count + 1;
}

int unpack(lua_State* lua) {
  luaL_checkstring(lua, 1);
  return unpack_values(lua, 0, 0, Offset::none);
}

int unpack_one(lua_State* lua) {
  luaL_checkstring(lua, 1);
  const int offset = luaL_optint(lua, 2, 0);
  lua_settop(lua, 1);
  return unpack_values(lua, 1, offset, Offset::told);
}

int unpack_limit(lua_State* lua) {
  luaL_checkstring(lua, 1);
  const int limit = luaL_checkint(lua, 2);
  const int offset = luaL_optint(lua, 3, 0);
  lua_settop(lua, 1);
  return unpack_values(lua, limit, offset, Offset::told);
}

constexpr luaL_Reg kFunctions[] = {{"pack", pack},
                                   {"unpack", unpack},
                                   {"unpack_one", unpack_one},
                                   {"unpack_limit", unpack_limit},
                                   {nullptr, nullptr}};

}  // namespace

void push_cmsgpack(lua_State* lua) {
  lua_createtable(lua, 0, 8);
  luaL_register(lua, nullptr, kFunctions);
  lua_pushliteral(lua, "cmsgpack");
  lua_setfield(lua, -2, "_NAME");
  lua_pushliteral(lua, "lua-cmsgpack 0.4.0");
  lua_setfield(lua, -2, "_VERSION");
}

}  // namespace larder::script
