// Intersections, unions and differences of sets, told member by member. Tables lie in the order of
// the same hashes, so walking through one and looking up in others touches the memory of all of
// them in order.
#pragma once

#include <cstddef>
#include <span>

#include "base/function_ref.h"
#include "value/set.h"

namespace larder::value {

// Returns whether to go on. What it is given is valid until the sets are changed.
using MemberVisitor = base::FunctionRef<bool(const Item&)>;

// Each visits every member of the result once, while `visit` returns true. `sets` are reordered.
// REQUIRES: at least one set, and that tables among them have this hasher.

// The members that all sets have. O(N * M) for the smallest of N members and M sets.
void intersect(std::span<SetView> sets, const base::KeyHasher& hasher, MemberVisitor visit);

// The members that any set has. O(N) for all members of all sets.
void unite(std::span<SetView> sets, const base::KeyHasher& hasher, MemberVisitor visit);

// The members that the first set has and no other. O(N * M) for the first set's N members and M
// sets, or O(N) for all members of all sets, whichever is less.
void subtract(std::span<SetView> sets, const base::KeyHasher& hasher, MemberVisitor visit);

}  // namespace larder::value
