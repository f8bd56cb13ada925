#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "script/limits.h"
#include "script/msgpack.h"

namespace larder::script {
namespace {

class Packer {
 public:
  Packer(lua_State* lua, base::ByteBuffer& out) noexcept : lua_(lua), out_(out) {}

  void write(int depth) {
    switch (lua_type(lua_, -1)) {
      case LUA_TSTRING:
        write_string(view(lua_, -1));
        break;
      case LUA_TBOOLEAN:
        put(lua_toboolean(lua_, -1) != 0 ? 0xc3 : 0xc2);
        break;
      case LUA_TNUMBER:
        write_number(lua_tonumber(lua_, -1));
        break;
      case LUA_TTABLE:
        depth == limits::kPackedDepthMax ? put(0xc0) : write_table(depth);
        break;
      default:
        put(0xc0);
    }
    lua_pop(lua_, 1);
  }

 private:
  void put(unsigned byte) { out_.push_back(static_cast<char>(byte)); }

  // A form, and the lower `bytes` of `value` with the highest first.
  void put(unsigned form, std::uint64_t value, int bytes) {
    put(form);
    for (int i = bytes - 1; i >= 0; --i) put(static_cast<unsigned>(value >> (8 * i)) & 0xff);
  }

  void write_string(std::string_view text) {
    const auto size = text.size();
    if (size < 32) {
      put(0xa0 | static_cast<unsigned>(size));
    } else if (size <= 0xff) {
      put(0xd9, size, 1);
    } else if (size <= 0xffff) {
      put(0xda, size, 2);
    } else {
      if (size > UINT32_MAX) luaL_error(lua_, "string is too long for MessagePack");
      put(0xdb, size, 4);
    }
    out_.append(text);
  }

  void write_number(double number) {
    const bool is_integer = number >= -0x1p63 && number < 0x1p63 &&
                            static_cast<double>(static_cast<std::int64_t>(number)) == number;
    if (is_integer) return write_integer(static_cast<std::int64_t>(number));
    const auto single = static_cast<float>(number);
    if (static_cast<double>(single) == number) {
      put(0xca, std::bit_cast<std::uint32_t>(single), 4);
    } else {
      put(0xcb, std::bit_cast<std::uint64_t>(number), 8);
    }
  }

  void write_integer(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    if (value >= 0) {
      if (bits <= 0x7f) return put(static_cast<unsigned>(bits));
      if (bits <= 0xff) return put(0xcc, bits, 1);
      if (bits <= 0xffff) return put(0xcd, bits, 2);
      if (bits <= UINT32_MAX) return put(0xce, bits, 4);
      return put(0xcf, bits, 8);
    }
    if (value >= -32) return put(static_cast<unsigned>(bits & 0xff));
    if (value >= INT8_MIN) return put(0xd0, bits, 1);
    if (value >= INT16_MIN) return put(0xd1, bits, 2);
    if (value >= INT32_MIN) return put(0xd2, bits, 4);
    put(0xd3, bits, 8);
  }

  void write_length(std::uint64_t length, unsigned short_form, unsigned long_form) {
    if (length < 16) {
      put(short_form | static_cast<unsigned>(length));
    } else if (length <= 0xffff) {
      put(long_form, length, 2);
    } else {
      put(long_form + 1, length, 4);
    }
  }

  // How many pairs the table on top has, and whether their keys are 1..n.
  struct Shape {
    std::uint64_t pairs = 0;
    bool is_array = true;
  };
  Shape shape() {
    Shape shape;
    double largest = 0;
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      lua_pop(lua_, 1);
      ++shape.pairs;
      const double key = lua_type(lua_, -1) == LUA_TNUMBER ? lua_tonumber(lua_, -1) : 0;
      if (!(key >= 1 && key <= INT32_MAX && std::floor(key) == key)) shape.is_array = false;
      largest = std::max(largest, key);
    }
    shape.is_array = shape.is_array && largest == static_cast<double>(shape.pairs);
    return shape;
  }

  void write_table(int depth) {
    luaL_checkstack(lua_, 5, "in function mp_encode_lua_table");
    const auto counted = shape();
    if (counted.is_array) {
      write_length(counted.pairs, 0x90, 0xdc);
      for (std::uint64_t i = 1; i <= counted.pairs; ++i) {
        lua_rawgeti(lua_, -1, static_cast<int>(i));
        write(depth + 1);
      }
      return;
    }
    write_length(counted.pairs, 0x80, 0xde);
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      lua_pushvalue(lua_, -2);
      write(depth + 1);
      write(depth + 1);
    }
  }

  lua_State* lua_;
  base::ByteBuffer& out_;
};

}  // namespace

void pack_msgpack(lua_State* lua, base::ByteBuffer& out) { Packer(lua, out).write(0); }

}  // namespace larder::script
