// Libraries that scripts find beside Lua's own. Each pushes its table, not yet protected.
#pragma once

#include "script/lua.h"

namespace larder::script {

void push_cjson(lua_State* lua);
void push_cmsgpack(lua_State* lua);
void push_struct(lua_State* lua);
void push_bit(lua_State* lua);

}  // namespace larder::script
