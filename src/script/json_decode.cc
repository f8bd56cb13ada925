#include <algorithm>
#include <cstdlib>
#include <string>

#include "script/json.h"
#include "script/json_tokens.h"
#include "script/limits.h"

namespace larder::script {
namespace {

using Kind = JsonToken::Kind;

class Decoder {
 public:
  Decoder(lua_State* lua, std::string_view text, const JsonOptions& options)
      : lua_(lua), options_(options), tokens_(text, options.decodes_invalid) {}

  void push_document() {
    push_value(tokens_.next());
    if (const auto token = tokens_.next(); token.kind != Kind::end) fail("the end", token);
  }

 private:
  [[noreturn]] void fail(const char* expected, const JsonToken& token) {
    const auto found = token.kind == Kind::error ? token.text : json_kind_name(token.kind);
    luaL_error(lua_, "Expected %s but found %s at character %d", expected,
               std::string(found).c_str(), static_cast<int>(token.at + 1));
    std::abort();  // luaL_error does not return
  }

  void push_value(const JsonToken& token) {
    switch (token.kind) {
      case Kind::string:
        return push(lua_, token.text);
      case Kind::number:
        return lua_pushnumber(lua_, token.number);
      case Kind::boolean:
        return lua_pushboolean(lua_, token.boolean ? 1 : 0);
      case Kind::null:
        return lua_pushlightuserdata(lua_, nullptr);
      case Kind::array_begin:
        return push_array(token);
      case Kind::object_begin:
        return push_object(token);
      default:
        fail("value", token);
    }
  }

  void descend(const JsonToken& token) {
    ++depth_;
    if (depth_ <= std::min(options_.decode_depth_max, limits::kJsonDepthMax) &&
        lua_checkstack(lua_, 4) != 0) {
      return;
    }
    luaL_error(lua_, "Found too many nested data structures (%d) at character %d", depth_,
               static_cast<int>(token.at + 1));
  }

  void push_array(const JsonToken& begin) {
    descend(begin);
    lua_newtable(lua_);
    auto token = tokens_.next();
    for (int i = 1; token.kind != Kind::array_end; ++i) {
      push_value(token);
      lua_rawseti(lua_, -2, i);
      token = tokens_.next();
      if (token.kind == Kind::array_end) break;
      if (token.kind != Kind::comma) fail("comma or array end", token);
      token = tokens_.next();
      if (token.kind == Kind::array_end) fail("value", token);
    }
    --depth_;
  }

  void push_object(const JsonToken& begin) {
    descend(begin);
    lua_newtable(lua_);
    auto token = tokens_.next();
    while (token.kind != Kind::object_end) {
      if (token.kind != Kind::string) fail("object key string", token);
      push(lua_, token.text);
      if (token = tokens_.next(); token.kind != Kind::colon) fail("colon", token);
      push_value(tokens_.next());
      lua_rawset(lua_, -3);
      token = tokens_.next();
      if (token.kind == Kind::object_end) break;
      if (token.kind != Kind::comma) fail("comma or object end", token);
      token = tokens_.next();
      if (token.kind == Kind::object_end) fail("object key string", token);
    }
    --depth_;
  }

  lua_State* lua_;
  const JsonOptions& options_;
  JsonTokens tokens_;
  int depth_ = 0;
};

}  // namespace

void decode_json(lua_State* lua, const JsonOptions& options) {
  luaL_checkstring(lua, 1);
  const auto text = view(lua, 1);
  // What begins with a zero byte, or has one second, is of a wider encoding.
  if (text.size() >= 2 && (text[0] == '\0' || text[1] == '\0')) {
    luaL_error(lua, "JSON parser does not support UTF-16 or UTF-32");
  }
  Decoder(lua, text, options).push_document();
}

}  // namespace larder::script
