// cmsgpack: Lua values to MessagePack and back, in the forms and with the texts of lua-cmsgpack
// 0.4: no binary or extension types, tables of 1..n as arrays, whole numbers as integers.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/byte_buffer.h"
#include "script/lua.h"

namespace larder::script {

// Appends the value on top of the stack and pops it.
void pack_msgpack(lua_State* lua, base::ByteBuffer& out);

// Takes values from the front of `input`, and pushes them.
class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view input) noexcept : input_(input) {}

  // Raises an error where the next value is not whole or of an unknown form.
  void push_next(lua_State* lua, int depth = 0);
  std::size_t remaining() const noexcept { return input_.size(); }

 private:
  std::uint64_t take_unsigned(lua_State* lua, std::size_t bytes);
  void need(lua_State* lua, std::uint64_t bytes);
  void push_string(lua_State* lua, std::uint64_t size);
  void push_array(lua_State* lua, std::uint64_t count, int depth);
  void push_map(lua_State* lua, std::uint64_t count, int depth);
  bool push_short(lua_State* lua, unsigned char form, int depth);

  std::string_view input_;
};

}  // namespace larder::script
