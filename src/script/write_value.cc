#include <algorithm>
#include <cmath>
#include <string>

#include "script/conversions.h"
#include "script/limits.h"

namespace larder::script {
namespace {

// A number that an integer reply can hold; those beyond it are cut off at its ends.
std::int64_t to_integer(double number) noexcept {
  constexpr double kEnd = 9223372036854775808.0;
  if (std::isnan(number)) return INT64_MIN;
  if (number >= kEnd) return INT64_MIN;  // as x86's conversion has it, and clients of Redis see it
  if (number < -kEnd) return INT64_MIN;
  return static_cast<std::int64_t>(number);
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return line;
}

class ValueWriter {
 public:
  ValueWriter(lua_State* lua, resp::Writer& reply, resp::Protocol protocol) noexcept
      : lua_(lua), reply_(reply), protocol_(protocol) {}

  // Pops the value on top.
  void write(int depth) {
    switch (lua_type(lua_, -1)) {
      case LUA_TSTRING:
        reply_.bulk(view(lua_, -1));
        break;
      case LUA_TBOOLEAN:
        write_boolean(lua_toboolean(lua_, -1) != 0);
        break;
      case LUA_TNUMBER:
        reply_.integer(to_integer(lua_tonumber(lua_, -1)));
        break;
      case LUA_TTABLE:
        if (depth < limits::kReplyDepthMax && lua_checkstack(lua_, 6) != 0) {
          write_table(depth);
        } else {
          reply_.error("ERR reached lua stack limit");
        }
        break;
      default:
        reply_.null();
    }
    lua_pop(lua_, 1);
  }

  bool is_counted_error() const noexcept { return is_counted_error_; }

 private:
  void write_boolean(bool value) {
    if (protocol_ == resp::Protocol::resp3) {
      reply_.boolean(value);
    } else if (value) {
      reply_.integer(1);
    } else {
      reply_.null();
    }
  }

  // Pushes a field of the table on top where it is of `type`.
  bool push_field(std::string_view name, int type) {
    get_raw(lua_, -1, name);
    if (lua_type(lua_, -1) == type) return true;
    lua_pop(lua_, 1);
    return false;
  }

  void write_table(int depth) {
    if (push_field("err", LUA_TSTRING)) return write_error();
    if (push_field("ok", LUA_TSTRING)) {
      reply_.simple(one_line(view(lua_, -1)));
    } else if (push_field("double", LUA_TNUMBER)) {
      reply_.number(lua_tonumber(lua_, -1));
    } else if (push_field("map", LUA_TTABLE)) {
      write_map(depth);
    } else if (push_field("set", LUA_TTABLE)) {
      write_set(depth);
    } else if (push_field("big_number", LUA_TSTRING)) {
      reply_.big_number(one_line(view(lua_, -1)));
    } else if (push_field("verbatim_string", LUA_TTABLE)) {
      write_verbatim(depth);
    } else {
      return write_array(depth);
    }
    lua_pop(lua_, 1);
  }

  void write_error() {
    reply_.error(view(lua_, -1));
    lua_pop(lua_, 1);
    get_raw(lua_, -1, "ignore_error_stats_update");
    is_counted_error_ = lua_toboolean(lua_, -1) != 0;
    lua_pop(lua_, 1);
  }

  std::size_t count_pairs() {
    std::size_t count = 0;
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      lua_pop(lua_, 1);
      ++count;
    }
    return count;
  }

  void write_map(int depth) {
    reply_.map(count_pairs());
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      lua_pushvalue(lua_, -2);
      write(depth + 1);
      write(depth + 1);
    }
  }

  void write_set(int depth) {
    reply_.set(count_pairs());
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      lua_pop(lua_, 1);
      lua_pushvalue(lua_, -1);
      write(depth + 1);
    }
  }

  void write_verbatim(int depth) {
    if (!push_field("string", LUA_TSTRING)) return write_array(depth);
    const auto text = view(lua_, -1);
    lua_pop(lua_, 1);  // the table holds it
    if (!push_field("format", LUA_TSTRING)) return write_array(depth);
    const auto format = view(lua_, -1);
    reply_.verbatim(format.size() == 3 ? one_line(format) : "txt", text);
    lua_pop(lua_, 1);
  }

  // Up to the first nil.
  void write_array(int depth) {
    int count = 0;
    for (bool is_there = true; is_there;) {
      lua_rawgeti(lua_, -1, count + 1);
      is_there = !lua_isnil(lua_, -1);
      lua_pop(lua_, 1);
      if (is_there) ++count;
    }
    reply_.array(static_cast<std::size_t>(count));
    for (int i = 1; i <= count; ++i) {
      lua_rawgeti(lua_, -1, i);
      write(depth + 1);
    }
  }

  lua_State* lua_;
  resp::Writer& reply_;
  resp::Protocol protocol_;
  bool is_counted_error_ = false;
};

}  // namespace

bool write_value(lua_State* lua, resp::Writer& reply, resp::Protocol protocol) {
  ValueWriter writer(lua, reply, protocol);
  writer.write(0);
  return writer.is_counted_error();
}

}  // namespace larder::script
