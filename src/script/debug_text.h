// Values and replies as the debugger shows them, on one line.
#pragma once

#include <string>
#include <string_view>

#include "script/lua.h"

namespace larder::script {

// Appends the value at `index`: "text", 1.5, {1; 2}, {["a"]=true}. Stops soon after the text has
// `bytes_max`: tables that refer to each other have no end worth waiting for.
void append_value(std::string& text, lua_State* lua, int index, std::size_t bytes_max);

// Appends a reply: "text", "+OK", [1,NULL], {"a" => 1}. Likewise.
// REQUIRES: it is one that resp::Writer wrote.
void append_reply(std::string& text, std::string_view reply, std::size_t bytes_max);

}  // namespace larder::script
