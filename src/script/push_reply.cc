#include <cstdlib>
#include <string>

#include "base/check.h"
#include "script/conversions.h"
#include "script/limits.h"
#include "script/reply_cursor.h"

namespace larder::script {
namespace {

class ReplyReader {
 public:
  ReplyReader(lua_State* lua, std::string_view reply) noexcept : lua_(lua), reply_(reply) {}

  void push_next(int depth) {
    if (depth > limits::kReplyDepthMax || lua_checkstack(lua_, 8) == 0) {
      luaL_error(lua_, "reached lua stack limit");
    }
    switch (reply_.take_mark()) {
      case ':':
        return lua_pushnumber(lua_, static_cast<lua_Number>(reply_.take_integer()));
      case '$':
        return push_bulk();
      case '+':
        return push_in_table("ok", reply_.take_line());
      case '-':
        return push_error(reply_.take_line());
      case '*':
        return push_array(depth);
      case '_':
        reply_.take_line();
        return lua_pushnil(lua_);
      case '#':
        return lua_pushboolean(lua_, reply_.take_line() == "t" ? 1 : 0);
      case ',':
        return push_double(reply_.take_line());
      case '(':
        return push_in_table("big_number", reply_.take_line());
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

  void push_bulk() {
    const auto length = reply_.take_integer();
    if (length < 0) return lua_pushboolean(lua_, 0);
    push(lua_, reply_.take_bytes(length));
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
    const auto bytes = reply_.take_bytes(reply_.take_integer());
    lua_createtable(lua_, 0, 1);
    lua_createtable(lua_, 0, 2);
    push(lua_, bytes.substr(4));
    set_raw(lua_, -2, "string");
    push(lua_, bytes.substr(0, 3));
    set_raw(lua_, -2, "format");
    set_raw(lua_, -2, "verbatim_string");
  }

  void push_array(int depth) {
    const auto count = reply_.take_integer();
    if (count < 0) return lua_pushboolean(lua_, 0);
    lua_createtable(lua_, static_cast<int>(count), 0);
    for (int i = 1; i <= count; ++i) {
      push_next(depth + 1);
      lua_rawseti(lua_, -2, i);
    }
  }

  void push_pairs(std::string_view name, int depth, Pairs pairs) {
    const auto count = reply_.take_integer();
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
  ReplyCursor reply_;
};

}  // namespace

void push_reply(lua_State* lua, std::string_view reply) { ReplyReader(lua, reply).push_next(0); }

}  // namespace larder::script
