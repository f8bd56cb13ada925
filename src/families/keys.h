// What the files of generic commands share.
#pragma once

#include <string_view>

#include "keyspace/types.h"

namespace larder::families {

// As TYPE answers it and SCAN's TYPE option takes it.
std::string_view type_name(keyspace::Type type) noexcept;

}  // namespace larder::families
