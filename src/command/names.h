// How COMMAND spells what specs say: groups, flags, categories, flags of keys.
#pragma once

#include <string_view>
#include <vector>

#include "command/spec.h"

namespace larder::command {

std::string_view group_name(Group group) noexcept;
std::vector<std::string_view> flag_names(Flags flags);
std::vector<std::string_view> category_names(Categories categories);  // without the @
std::vector<std::string_view> key_flag_names(KeyFlags flags);

// The category of that name, 0 where there is none.
Categories category_named(std::string_view name) noexcept;

}  // namespace larder::command
