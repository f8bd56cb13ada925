// The grammar of `quota`: a name, the keys it is about, and what holds for them. Lines add up; in
// CONFIG GET and SET the quotas stand one behind the other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "settings/definition.h"

namespace larder::settings::quotas {

inline constexpr std::size_t kQuotasMax = 64;

// The words of one quota or several, behind those of `value`. Only words that make sense are
// canonical: their numbers need no check any more.
base::Result<Value> parse(std::span<const std::string> words, Value value);

// One for each quota: the words that follow the directive.
std::vector<std::vector<std::string>> split(std::span<const std::string> words);

}  // namespace larder::settings::quotas
