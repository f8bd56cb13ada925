#include <cstdlib>
#include <string>

#include "base/check.h"
#include "base/numbers.h"
#include "script/conversions.h"
#include "script/limits.h"

namespace larder::script {
namespace {

class ReplyReader {
 public:
  ReplyReader(lua_State* lua, std::string_view reply) noexcept
      : lua_(lua), at_(reply.data()), end_(at_ + reply.size()) {}

  void push_next(int depth) {
    CHECK(at_ < end_);
    if (depth > limits::kReplyDepthMax || lua_checkstack(lua_, 8) == 0) {
      luaL_error(lua_, "reached lua stack limit");
    }
    const char mark = *at_++;
    switch (mark) {
      case ':':
        return lua_pushnumber(lua_, static_cast<lua_Number>(take_integer()));
      case '$':
        return push_bulk();
      case '+':
        return push_in_table("ok", take_line());
      case '-':
        return push_error(take_line());
      case '*':
        return push_array(depth);
      case '_':
        take_line();
        return lua_pushnil(lua_);
      case '#':
        return lua_pushboolean(lua_, take_line() == "t" ? 1 : 0);
      case ',':
        return push_double(take_line());
      case '(':
        return push_in_table("big_number", take_line());
      case '=':
        return push_verbatim();
      case '|':  // scripts do not see attributes
        push_pairs({}, depth, Pairs::key_and_value);
        lua_pop(lua_, 1);
        return push_next(depth);
      case '%':
        return push_pairs("map", depth, Pairs::key_and_value);
      case '~':
        return push_pairs("set", depth, Pairs::key_and_true);
      default:
        CHECK(false, "a reply of an unknown kind");
    }
  }

 private:
  enum class Pairs { key_and_value, key_and_true };

  // The digits up to the end of the line: of lengths and integers, which the writer made.
  std::int64_t take_integer() noexcept {
    const bool is_negative = *at_ == '-';
    if (is_negative) ++at_;
    std::uint64_t value = 0;
    while (*at_ != '\r') value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    at_ += 2;
    return static_cast<std::int64_t>(is_negative ? 0 - value : value);
  }

  std::string_view take_line() noexcept {
    const char* const start = at_;
    while (*at_ != '\r') ++at_;
    at_ += 2;
    return {start, static_cast<std::size_t>(at_ - 2 - start)};
  }

  std::string_view take_bytes(std::int64_t count) noexcept {
    const auto size = static_cast<std::size_t>(count);
    CHECK(size + 2 <= static_cast<std::size_t>(end_ - at_));
    const std::string_view bytes(at_, size);
    at_ += size + 2;
    return bytes;
  }

  void push_bulk() {
    const auto length = take_integer();
    if (length < 0) return lua_pushboolean(lua_, 0);
    push(lua_, take_bytes(length));
  }

  void push_in_table(std::string_view name, std::string_view text) {
    lua_createtable(lua_, 0, 1);
    push(lua_, name);
    push(lua_, text);
    lua_rawset(lua_, -3);
  }

  void push_error(std::string_view text) {
    lua_createtable(lua_, 0, 4);  // the place comes to it when it is raised
    push(lua_, text);
    set_raw(lua_, -2, "err");
    lua_pushboolean(lua_, 1);
    set_raw(lua_, -2, "ignore_error_stats_update");
  }

  void push_double(std::string_view text) {
    lua_createtable(lua_, 0, 1);
    lua_pushnumber(lua_, std::strtod(std::string(text).c_str(), nullptr));
    set_raw(lua_, -2, "double");
  }

  void push_verbatim() {
    const auto bytes = take_bytes(take_integer());
    lua_createtable(lua_, 0, 1);
    lua_createtable(lua_, 0, 2);
    push(lua_, bytes.substr(4));
    set_raw(lua_, -2, "string");
    push(lua_, bytes.substr(0, 3));
    set_raw(lua_, -2, "format");
    set_raw(lua_, -2, "verbatim_string");
  }

  void push_array(int depth) {
    const auto count = take_integer();
    if (count < 0) return lua_pushboolean(lua_, 0);
    lua_createtable(lua_, static_cast<int>(count), 0);
    for (int i = 1; i <= count; ++i) {
      push_next(depth + 1);
      lua_rawseti(lua_, -2, i);
    }
  }

  void push_pairs(std::string_view name, int depth, Pairs pairs) {
    const auto count = take_integer();
    lua_createtable(lua_, 0, 1);
    lua_createtable(lua_, 0, static_cast<int>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      push_next(depth + 1);
      const bool is_key = !lua_isnil(lua_, -1);
      if (pairs == Pairs::key_and_true) {
        lua_pushboolean(lua_, 1);
      } else {
        push_next(depth + 1);
      }
      if (is_key) {
        lua_rawset(lua_, -3);
      } else {
        lua_pop(lua_, 2);
      }
    }
    set_raw(lua_, -2, name);
  }

  lua_State* lua_;
  const char* at_;
  const char* end_;
};

}  // namespace

void push_reply(lua_State* lua, std::string_view reply) { ReplyReader(lua, reply).push_next(0); }

}  // namespace larder::script
