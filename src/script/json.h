// cjson: JSON to Lua values and back, with the options, texts and limits of lua-cjson 2.1.
#pragma once

#include "script/lua.h"

namespace larder::script {

enum class InvalidNumbers { refuse, accept, null };

// What scripts may set; kept for all that follow, as Redis does.
struct JsonOptions {
  bool converts_sparse_arrays = false;
  int sparse_ratio = 2;
  int sparse_safe = 10;
  int encode_depth_max = 1000;
  int decode_depth_max = 1000;
  int number_precision = 14;
  InvalidNumbers encode_invalid = InvalidNumbers::refuse;
  bool decodes_invalid = true;
  bool keeps_buffer = true;
};

// Pushes the text of the value at index 1; raises an error where it has none.
void encode_json(lua_State* lua, const JsonOptions& options);
// Pushes the value of the text at index 1; raises an error where it is not JSON.
void decode_json(lua_State* lua, const JsonOptions& options);

}  // namespace larder::script
