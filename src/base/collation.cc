#include "base/collation.h"

#include <locale.h>

#include <clocale>
#include <cstring>

namespace larder::base {

bool has_locale(const std::string& name) noexcept {
  if (name.empty()) return true;
  const auto found = ::newlocale(LC_COLLATE_MASK, name.c_str(), nullptr);
  if (found == nullptr) return false;
  ::freelocale(found);
  return true;
}

void set_collation(const std::string& name) noexcept {
  if (std::setlocale(LC_COLLATE, name.c_str()) == nullptr) std::setlocale(LC_COLLATE, "C");
}

bool is_collation_by_bytes() noexcept {
  const std::string_view name = std::setlocale(LC_COLLATE, nullptr);
  return name == "C" || name == "POSIX";
}

std::string collation_key(std::string_view text) {
  const std::string from(text);
  std::string key(2 * from.size() + 32, '\0');  // mostly enough
  const auto needed = std::strxfrm(key.data(), from.c_str(), key.size());
  const bool is_whole = needed < key.size();
  key.resize(needed);
  if (!is_whole) std::strxfrm(key.data(), from.c_str(), needed + 1);
  return key;
}

}  // namespace larder::base
