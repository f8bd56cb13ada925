// What OBJECT ENCODING answers: the names that Redis has for how a value is kept.
#pragma once

#include <string_view>

#include "keyspace/database.h"

namespace larder::families {

std::string_view encoding_name(const keyspace::EntryRef& entry) noexcept;

}  // namespace larder::families
