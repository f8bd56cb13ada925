// The order of texts by the rules of a language, which the process's locale (LC_COLLATE) chooses.
#pragma once

#include <string>
#include <string_view>

namespace larder::base {

// Whether there is such a locale here; an empty name is that of the environment, which always is.
bool has_locale(const std::string& name) noexcept;

// Makes it the process's. Where the environment names one that does not exist, bytes are compared.
// REQUIRES: has_locale(name), and no other thread compares texts.
void set_collation(const std::string& name) noexcept;

// Whether texts are to be compared by their bytes.
bool is_collation_by_bytes() noexcept;

// Bytes whose order is that of texts in the locale. What stands behind a zero byte does not count.
std::string collation_key(std::string_view text);

}  // namespace larder::base
