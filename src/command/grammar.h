// A command's arguments as a tree, read from the grammar in its Spec. COMMAND DOCS and the manual
// are made from it.
//
//   sequence    = item { " " item }
//   item        = word | "[" sequence "]" | "<" sequence { "|" sequence } ">" | "(" sequence ")+"
//   word        = TOKEN | name [ ":" type ]
//
// A TOKEN in capitals belongs to the words behind it: alone it is a flag, with one word that word's
// token, with several the token of their block.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "command/spec.h"

namespace larder::command {

struct Argument {
  std::string name = {};
  std::string_view
      type;  // string, integer, double, key, pattern, unix-time, pure-token, oneof, block
  std::string token = {};
  int key_spec_index = -1;
  bool optional = false;
  bool multiple = false;
  bool multiple_token = false;  // the token is repeated with each
  std::vector<Argument> children = {};
};

// The failure says what is wrong with the grammar: a bug in the spec.
base::Result<std::vector<Argument>> parse_arguments(const Spec& spec);

}  // namespace larder::command
