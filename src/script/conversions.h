// Between the protocol's values and Lua's, as Redis documents them.
#pragma once

#include <string_view>

#include "resp/writer.h"
#include "script/lua.h"

namespace larder::script {

// Pushes what one complete reply says:
//   number: number        string: string     null: false (RESP3: nil)
//   status: {ok=}         error: {err=}      array: table
//   map: {map=}   set: {set=}   double: {double=}   boolean   big number: {big_number=}
//   verbatim string: {verbatim_string={string=, format=}}
// REQUIRES: the reply is one that resp::Writer wrote.
void push_reply(lua_State* lua, std::string_view reply);

// Answers with the value on top of the stack and pops it. `protocol` is the script's own: it
// decides how a boolean looks. True where the value is an error that was counted before.
bool write_value(lua_State* lua, resp::Writer& reply, resp::Protocol protocol);

}  // namespace larder::script
