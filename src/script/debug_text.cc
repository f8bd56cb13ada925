#include "script/debug_text.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "resp/words.h"
#include "script/limits.h"
#include "script/reply_cursor.h"

namespace larder::script {
namespace {

// What both kinds have in common: a text that is long enough at some point.
class BoundedText {
 public:
  BoundedText(std::string& text, std::size_t bytes_max) noexcept
      : text_(text), bytes_max_(bytes_max) {}

 protected:
  bool is_full() const noexcept { return text_.size() > bytes_max_; }

  void append_quoted(std::string_view bytes) {
    // Each byte is one at least.
    resp::append_quoted(text_, bytes.substr(0, is_full() ? 0 : bytes_max_ + 1 - text_.size()));
  }

  std::string& text_;
  std::size_t bytes_max_;
};

class ValueText : BoundedText {
 public:
  ValueText(std::string& text, std::size_t bytes_max, lua_State* lua) noexcept
      : BoundedText(text, bytes_max), lua_(lua) {}

  void append(int index, int depth) {
    if (depth == limits::kDebugValueDepthMax || lua_checkstack(lua_, 4) == 0) {
      text_ += "<max recursion level reached! Nested table?>";
      return;
    }
    switch (lua_type(lua_, index)) {
      case LUA_TSTRING:
        return append_quoted(view(lua_, index));
      case LUA_TBOOLEAN:
        text_ += lua_toboolean(lua_, index) != 0 ? "true" : "false";
        return;
      case LUA_TNUMBER:
        fmt::format_to(std::back_inserter(text_), "{:g}", lua_tonumber(lua_, index));
        return;
      case LUA_TNIL:
        text_ += "nil";
        return;
      case LUA_TTABLE:
        return append_table(index, depth);
      case LUA_TLIGHTUSERDATA:
        return append_place("light-userdata", index);
      default:
        append_place(luaL_typename(lua_, index), index);
    }
  }

 private:
  void append_place(const char* type, int index) {
    fmt::format_to(std::back_inserter(text_), "\"{}@{}\"", type, lua_topointer(lua_, index));
  }

  // Whether its keys are 1, 2, 3 and so on, in this order.
  bool is_array(int table) {
    int expected = 0;
    lua_pushnil(lua_);
    while (lua_next(lua_, table) != 0) {
      lua_pop(lua_, 1);
      if (lua_type(lua_, -1) == LUA_TNUMBER && lua_tonumber(lua_, -1) == ++expected) continue;
      lua_pop(lua_, 1);
      return false;
    }
    return true;
  }

  void append_table(int index, int depth) {
    const int table = absolute(lua_, index);
    const bool has_keys = !is_array(table);
    const char* separator = "{";
    lua_pushnil(lua_);
    while (lua_next(lua_, table) != 0) {
      text_ += std::exchange(separator, "; ");
      if (has_keys) {
        text_ += '[';
        append(lua_gettop(lua_) - 1, depth + 1);
        text_ += "]=";
      }
      append(lua_gettop(lua_), depth + 1);
      lua_pop(lua_, 1);
      if (!is_full()) continue;
      lua_pop(lua_, 1);
      return;
    }
    text_ += *separator == '{' ? "{}" : "}";
  }

  lua_State* lua_;
};

class ReplyText : BoundedText {
 public:
  ReplyText(std::string& text, std::size_t bytes_max, std::string_view reply) noexcept
      : BoundedText(text, bytes_max), reply_(reply) {}

  // A full text is left as it is: so is what follows in the reply.
  void append(int depth) {
    if (depth > limits::kReplyDepthMax) text_ += "...";
    if (depth > limits::kReplyDepthMax || is_full()) return;
    switch (const char mark = reply_.take_mark()) {
      case ':':
        text_ += reply_.take_line();
        return;
      case '$':
      case '=':
        return append_bulk();
      case '*':
        return append_items("[", "]", depth);
      case '~':
        return append_items("~(", ")", depth);
      case '%':
      case '|':
        return append_pairs(depth, mark == '|');
      case '_':
        reply_.take_line();
        text_ += "(null)";
        return;
      case '#':
        text_ += reply_.take_line() == "t" ? "#true" : "#false";
        return;
      case ',':
        text_ += "(double) ";
        text_ += reply_.take_line();
        return;
      default:  // a status, an error, a number of many digits: with their marks
        append_quoted(mark + std::string(reply_.take_line()));
    }
  }

 private:
  void append_bulk() {
    const auto bytes = reply_.take_integer();
    if (bytes >= 0) return append_quoted(reply_.take_bytes(bytes));
    text_ += "NULL";
  }

  void append_items(const char* open, const char* close, int depth) {
    const auto count = reply_.take_integer();
    if (count < 0) {
      text_ += "NULL";
      return;
    }
    text_ += open;
    for (std::int64_t i = 0; i < count && !is_full(); ++i) {
      if (i != 0) text_ += ',';
      append(depth + 1);
    }
    text_ += close;
  }

  void append_pairs(int depth, bool is_attribute) {
    const auto count = reply_.take_integer();
    text_ += '{';
    for (std::int64_t i = 0; i < count && !is_full(); ++i) {
      if (i != 0) text_ += ',';
      append(depth + 1);
      text_ += " => ";
      append(depth + 1);
    }
    text_ += '}';
    if (is_attribute) append(depth);
  }

  ReplyCursor reply_;
};

}  // namespace

void append_value(std::string& text, lua_State* lua, int index, std::size_t bytes_max) {
  ValueText(text, bytes_max, lua).append(absolute(lua, index), 0);
}

void append_reply(std::string& text, std::string_view reply, std::size_t bytes_max) {
  ReplyText(text, bytes_max, reply).append(0);
}

}  // namespace larder::script
