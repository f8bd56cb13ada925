// Bytes as JSON, as MessagePack, and as a format of struct with its data: whatever they are, a
// script gets a value or an error, and the interpreter stays whole.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "script/interpreter.h"
#include "script/libraries.h"
#include "script/lua.h"

namespace {

using larder::script::push;

// Calls the function on top with the arguments, and drops what comes back.
void call(lua_State* lua, std::initializer_list<std::string_view> arguments) {
  for (const auto argument : arguments) push(lua, argument);
  lua_pcall(lua, static_cast<int>(arguments.size()), 1, 0);
}

void round_trip(lua_State* lua, void (*push_library)(lua_State*), const char* decode,
                const char* encode, std::string_view bytes) {
  push_library(lua);
  lua_getfield(lua, -1, decode);
  push(lua, bytes);
  if (lua_pcall(lua, 1, 1, 0) == 0) {
    lua_getfield(lua, -2, encode);
    lua_insert(lua, -2);
    lua_pcall(lua, 1, 1, 0);
  }
  lua_settop(lua, 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  lua_State* const lua = luaL_newstate();
  round_trip(lua, larder::script::push_cjson, "decode", "encode", bytes);
  round_trip(lua, larder::script::push_cmsgpack, "unpack", "pack", bytes);
  const auto half = bytes.size() / 2;
  larder::script::push_struct(lua);
  lua_getfield(lua, -1, "unpack");
  call(lua, {bytes.substr(0, half), bytes.substr(half)});
  lua_getfield(lua, 1, "size");
  call(lua, {bytes.substr(0, half)});
  lua_getfield(lua, 1, "pack");
  call(lua, {bytes.substr(0, half), "12", "text", "3.5", bytes.substr(half)});
  lua_close(lua);
  return 0;
}
