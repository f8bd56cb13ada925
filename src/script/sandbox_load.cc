// load and loadstring: source text only, since the interpreter trusts bytecode.

#include <string>

#include "script/limits.h"
#include "script/sandbox.h"

namespace larder::script {
namespace {

int answer_loaded(lua_State* lua, std::string_view source, const char* name) {
  if (load_text(lua, source, name)) return 1;
  lua_pushnil(lua);
  lua_insert(lua, -2);
  return 2;
}

int load_string(lua_State* lua) {
  luaL_checkstring(lua, 1);
  // The name stays on the stack: the parser does not hold on to it by itself.
  const char* const name = luaL_optstring(lua, 2, lua_tostring(lua, 1));
  return answer_loaded(lua, view(lua, 1), name);
}

int load(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TFUNCTION);
  const char* const name = luaL_optstring(lua, 2, "=(load)");
  lua_settop(lua, 2);
  std::string source;
  while (true) {
    lua_pushvalue(lua, 1);
    lua_call(lua, 0, 1);
    if (lua_isnil(lua, -1)) break;
    if (lua_isstring(lua, -1) == 0) {
      lua_pushnil(lua);
      lua_pushliteral(lua, "reader function must return a string");
      return 2;
    }
    const auto piece = view(lua, -1);
    if (piece.empty() || source.size() + piece.size() > limits::kSourceBytesMax) break;
    source += piece;
    lua_pop(lua, 1);
  }
  return answer_loaded(lua, source, name);
}

}  // namespace

bool load_text(lua_State* lua, std::string_view source, const char* name) {
  // Bytecode is told by its first byte: behind a space it is text, which the parser refuses.
  if (source.starts_with(LUA_SIGNATURE[0])) source = " \033";
  if (source.size() > limits::kSourceBytesMax) {
    lua_pushliteral(lua, "script is too long");
    return false;
  }
  return luaL_loadbuffer(lua, source.data(), source.size(), name) == 0;
}

const luaL_Reg kLoadFunctions[] = {{"load", load}, {"loadstring", load_string}, {nullptr, nullptr}};

}  // namespace larder::script
