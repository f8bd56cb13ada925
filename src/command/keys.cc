// Finds the keys among a command's arguments, by its key specs. The arguments are a client's:
// nothing about them is taken for granted.

#include <algorithm>

#include "base/numbers.h"
#include "command/table.h"

namespace larder::command {
namespace {

using Index = std::int64_t;

std::optional<Index> unknown_begin_of(const Spec& command, const KeySpec& spec, Args args) {
  const auto at = command.unknown_key_of == nullptr ? 0 : command.unknown_key_of(spec.flags, args);
  return at == 0 ? std::nullopt : std::optional(static_cast<Index>(at));
}

// Where the spec's search ends and its keys begin; nothing where the arguments have no such place.
std::optional<Index> begin_of(const Spec& command, const KeySpec& spec, Args args) {
  const auto count = static_cast<Index>(args.size());
  if (spec.begin == KeySpec::Begin::index) return spec.index;
  if (spec.begin == KeySpec::Begin::unknown) return unknown_begin_of(command, spec, args);
  if (spec.begin != KeySpec::Begin::keyword) return std::nullopt;
  const bool backwards = spec.index < 0;
  for (Index at = backwards ? count + spec.index : spec.index; at > 0 && at < count;
       at += backwards ? -1 : 1) {
    if (base::equal_ignoring_case(args[static_cast<std::size_t>(at)], spec.keyword)) return at + 1;
  }
  return std::nullopt;
}

struct Range {
  Index first;
  Index last;
  Index step;
};

// Nothing where the count of keys that the arguments name is not one, or is more than they have.
std::optional<Range> range_of(const KeySpec& spec, Index begin, Args args) {
  const auto count = static_cast<Index>(args.size());
  if (spec.find == KeySpec::Find::range) {
    Index last = spec.last >= 0 ? begin + spec.last : count + spec.last;
    if (spec.last == -1 && spec.limit > 1) last = begin + (count - begin) / spec.limit - 1;
    return Range{begin, last, std::max<Index>(spec.step, 1)};
  }
  if (spec.find == KeySpec::Find::unknown) return Range{begin, begin, 1};
  if (spec.find != KeySpec::Find::keynum) return std::nullopt;
  const auto at = begin + spec.keynum_index;
  if (at < 0 || at >= count) return std::nullopt;
  const auto keys = base::parse_i64(args[static_cast<std::size_t>(at)]);
  if (!keys || *keys < 0 || *keys > count) return std::nullopt;
  const auto first = begin + spec.first_key;
  const auto step = std::max<Index>(spec.step, 1);
  return Range{first, first + (*keys - 1) * step, step};
}

}  // namespace

KeyPositions find_keys(const Spec& spec, Args args) {
  KeyPositions found;
  const auto count = static_cast<Index>(args.size());
  for (const auto& key_spec : spec.keys.all()) {
    if ((key_spec.flags & key_flag::not_key) != 0) continue;
    const auto begin = begin_of(spec, key_spec, args);
    if (!begin) continue;  // an optional keyword that is not there, or a place nobody can tell
    const auto range = range_of(key_spec, *begin, args);
    if (!range || range->first < 1 || range->last >= count) {
      found.ok = false;
      return found;
    }
    const bool varies =
        (key_spec.flags & key_flag::variable_flags) != 0 && spec.key_flags_of != nullptr;
    const auto flags = varies ? spec.key_flags_of(args) : key_spec.flags;
    for (auto at = range->first; at <= range->last; at += range->step) {
      found.keys.push_back({static_cast<std::size_t>(at), flags});
    }
  }
  return found;
}

}  // namespace larder::command
