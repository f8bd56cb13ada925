#include <bit>
#include <cstdint>

#include "script/limits.h"
#include "script/msgpack.h"

namespace larder::script {
namespace {

double to_double(std::uint64_t bits) noexcept { return std::bit_cast<double>(bits); }
double to_single(std::uint64_t bits) noexcept {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
}

template <class Integer>
double to_signed(std::uint64_t bits) noexcept {
  return static_cast<double>(static_cast<Integer>(bits));
}

}  // namespace

void MsgpackReader::need(lua_State* lua, std::uint64_t bytes) {
  if (input_.size() < bytes) luaL_error(lua, "Missing bytes in input.");
}

std::uint64_t MsgpackReader::take_unsigned(lua_State* lua, std::size_t bytes) {
  need(lua, bytes);
  std::uint64_t value = 0;
  for (const char c : input_.substr(0, bytes)) value = (value << 8) | static_cast<unsigned char>(c);
  input_.remove_prefix(bytes);
  return value;
}

void MsgpackReader::push_string(lua_State* lua, std::uint64_t size) {
  need(lua, size);
  push(lua, input_.substr(0, size));
  input_.remove_prefix(size);
}

// Whatever count is announced, memory is taken for elements that are there.
void MsgpackReader::push_array(lua_State* lua, std::uint64_t count, int depth) {
  lua_newtable(lua);
  luaL_checkstack(lua, 2, "in function mp_decode_to_lua_array");
  for (std::uint64_t i = 1; i <= count; ++i) {
    push_next(lua, depth + 1);
    lua_rawseti(lua, -2, static_cast<int>(i));
  }
}

void MsgpackReader::push_map(lua_State* lua, std::uint64_t count, int depth) {
  lua_newtable(lua);
  luaL_checkstack(lua, 4, "in function mp_decode_to_lua_hash");
  for (std::uint64_t i = 0; i < count; ++i) {
    push_next(lua, depth + 1);
    push_next(lua, depth + 1);
    // Raises Lua's error where the key is nil or not a number.
    lua_settable(lua, -3);
  }
}

// The forms that hold their number or length in themselves.
bool MsgpackReader::push_short(lua_State* lua, unsigned char form, int depth) {
  if (form <= 0x7f || form >= 0xe0) {
    lua_pushnumber(lua, static_cast<std::int8_t>(form));
  } else if (form <= 0x8f) {
    push_map(lua, form & 0xfu, depth);
  } else if (form <= 0x9f) {
    push_array(lua, form & 0xfu, depth);
  } else if (form <= 0xbf) {
    push_string(lua, form & 0x1fu);
  } else {
    return false;
  }
  return true;
}

void MsgpackReader::push_next(lua_State* lua, int depth) {
  if (depth > limits::kUnpackedDepthMax) {
    luaL_error(lua, "stack overflow (in function mp_decode_to_lua_array)");
  }
  const auto form = static_cast<unsigned char>(take_unsigned(lua, 1));
  if (push_short(lua, form, depth)) return;
  const auto take = [&](std::size_t bytes) { return take_unsigned(lua, bytes); };
  switch (form) {
    case 0xc0:
      return lua_pushnil(lua);
    case 0xc2:
    case 0xc3:
      return lua_pushboolean(lua, form & 1);
    case 0xca:
      return lua_pushnumber(lua, to_single(take(4)));
    case 0xcb:
      return lua_pushnumber(lua, to_double(take(8)));
    case 0xcc:
      return lua_pushnumber(lua, static_cast<double>(take(1)));
    case 0xcd:
      return lua_pushnumber(lua, static_cast<double>(take(2)));
    case 0xce:
      return lua_pushnumber(lua, static_cast<double>(take(4)));
    case 0xcf:  // beyond 2^63 as the original has it: negative
      return lua_pushnumber(lua, to_signed<std::int64_t>(take(8)));
    case 0xd0:
      return lua_pushnumber(lua, to_signed<std::int8_t>(take(1)));
    case 0xd1:
      return lua_pushnumber(lua, to_signed<std::int16_t>(take(2)));
    case 0xd2:
      return lua_pushnumber(lua, to_signed<std::int32_t>(take(4)));
    case 0xd3:
      return lua_pushnumber(lua, to_signed<std::int64_t>(take(8)));
    case 0xd9:
      return push_string(lua, take(1));
    case 0xda:
      return push_string(lua, take(2));
    case 0xdb:
      return push_string(lua, take(4));
    case 0xdc:
      return push_array(lua, take(2), depth);
    case 0xdd:
      return push_array(lua, take(4), depth);
    case 0xde:
      return push_map(lua, take(2), depth);
    case 0xdf:
      return push_map(lua, take(4), depth);
    default:
      luaL_error(lua, "Bad data format in input.");
  }
}

}  // namespace larder::script
