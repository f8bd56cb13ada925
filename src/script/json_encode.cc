#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/byte_buffer.h"
#include "script/json.h"
#include "script/limits.h"

namespace larder::script {
namespace {

class Encoder {
 public:
  Encoder(lua_State* lua, const JsonOptions& options) : lua_(lua), options_(options), out_(256) {}

  // Writes the value on top, which stays.
  void write(int depth) {
    switch (lua_type(lua_, -1)) {
      case LUA_TSTRING:
        return write_string(view(lua_, -1));
      case LUA_TNUMBER:
        return write_number(lua_tonumber(lua_, -1));
      case LUA_TBOOLEAN:
        return out_.append(lua_toboolean(lua_, -1) != 0 ? "true" : "false");
      case LUA_TTABLE:
        return write_table(depth + 1);
      case LUA_TNIL:
        return out_.append("null");
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(lua_, -1) == nullptr) return out_.append("null");
        [[fallthrough]];
      default:
        refuse("type not supported");
    }
  }

  std::string_view text() const noexcept { return out_.view(); }

 private:
  [[noreturn]] void refuse(const char* reason) {
    luaL_error(lua_, "Cannot serialise %s: %s", luaL_typename(lua_, -1), reason);
    std::abort();  // luaL_error does not return
  }

  void write_string(std::string_view text) {
    char* at = out_.prepare(text.size() * 6 + 2);
    char* const start = at;
    *at++ = '"';
    for (const char c : text) at = write_escaped(at, c);
    *at++ = '"';
    out_.commit(static_cast<std::size_t>(at - start));
  }

  static char* write_escaped(char* at, char c) noexcept {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\' && c != '/' && byte != 0x7f) {
      *at++ = c;
      return at;
    }
    *at++ = '\\';
    constexpr std::string_view kPlain = "\"\\/\b\t\n\f\r";
    constexpr std::string_view kShort = "\"\\/btnfr";
    const auto known = kPlain.find(c);
    if (known != std::string_view::npos) {
      *at++ = kShort[known];
      return at;
    }
    for (const char digit : {'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]}) *at++ = digit;
    return at;
  }

  void write_number(double number) {
    if (!std::isfinite(number)) {
      if (options_.encode_invalid == InvalidNumbers::refuse) refuse("must not be NaN or Inf");
      if (options_.encode_invalid == InvalidNumbers::null) return out_.append("null");
      if (std::isnan(number)) return out_.append("nan");
    }
    constexpr std::size_t kBytesMax = 40;
    char* const at = out_.prepare(kBytesMax);
    out_.commit(static_cast<std::size_t>(
        std::snprintf(at, kBytesMax, "%.*g", options_.number_precision, number)));
  }

  void write_table(int depth) {
    if (depth > std::min(options_.encode_depth_max, limits::kJsonDepthMax) ||
        lua_checkstack(lua_, 4) == 0) {
      luaL_error(lua_, "Cannot serialise, excessive nesting (%d)", depth);
    }
    const auto length = array_length();
    length > 0 ? write_array(length, depth) : write_object(depth);
  }

  // The largest index where all keys are positive integers, else 0: then it is an object.
  std::int64_t array_length() {
    std::int64_t largest = 0;
    std::int64_t count = 0;
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      lua_pop(lua_, 1);
      const double key = lua_type(lua_, -1) == LUA_TNUMBER ? lua_tonumber(lua_, -1) : 0;
      if (!(key >= 1 && key <= INT32_MAX && std::floor(key) == key)) {
        lua_pop(lua_, 1);
        return 0;
      }
      largest = std::max(largest, static_cast<std::int64_t>(key));
      ++count;
    }
    const bool is_sparse = options_.sparse_ratio > 0 && largest > count * options_.sparse_ratio &&
                           largest > options_.sparse_safe;
    if (!is_sparse) return largest;
    if (!options_.converts_sparse_arrays) refuse("excessively sparse array");
    return 0;
  }

  void write_array(std::int64_t length, int depth) {
    out_.push_back('[');
    for (std::int64_t i = 1; i <= length; ++i) {
      if (i > 1) out_.push_back(',');
      lua_rawgeti(lua_, -1, static_cast<int>(i));
      write(depth);
      lua_pop(lua_, 1);
    }
    out_.push_back(']');
  }

  void write_object(int depth) {
    out_.push_back('{');
    bool is_first = true;
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      if (!is_first) out_.push_back(',');
      is_first = false;
      write_key();
      out_.push_back(':');
      write(depth);
      lua_pop(lua_, 1);
    }
    out_.push_back('}');
  }

  // Of the pair on top.
  void write_key() {
    const int type = lua_type(lua_, -2);
    if (type == LUA_TSTRING) return write_string(view(lua_, -2));
    if (type != LUA_TNUMBER) {
      lua_pop(lua_, 1);
      refuse("table key must be a number or string");
    }
    out_.push_back('"');
    write_number(lua_tonumber(lua_, -2));
    out_.push_back('"');
  }

  lua_State* lua_;
  const JsonOptions& options_;
  base::ByteBuffer out_;
};

}  // namespace

void encode_json(lua_State* lua, const JsonOptions& options) {
  lua_settop(lua, 1);
  Encoder encoder(lua, options);
  encoder.write(0);
  push(lua, encoder.text());
}

}  // namespace larder::script
