// The data commands: each file of this module lists its own, all() joins them.
#pragma once

#include <span>

#include "command/spec.h"

namespace larder::families {

using Specs = std::span<const command::Spec>;

// Strings.
Specs strings_set() noexcept;
Specs strings_get() noexcept;
Specs strings_range() noexcept;
Specs strings_counters() noexcept;
Specs strings_increx() noexcept;
Specs strings_many() noexcept;
Specs strings_compare() noexcept;
Specs strings_lcs() noexcept;

// Strings as bits.
Specs bitmaps() noexcept;
Specs bitfields() noexcept;

// Strings as HyperLogLogs.
Specs hyperloglogs() noexcept;

// Lists.
Specs lists_push() noexcept;
Specs lists_pop() noexcept;
Specs lists_read() noexcept;
Specs lists_move() noexcept;
Specs lists_block() noexcept;
// Hashes.
Specs hashes_set() noexcept;
Specs hashes_get() noexcept;
Specs hashes_walk() noexcept;
Specs hashes_expire() noexcept;
Specs hashes_getex() noexcept;

// The order of lists, sets and sorted sets.
Specs sorting() noexcept;

// Sets.
Specs sets() noexcept;
Specs sets_random() noexcept;
Specs sets_algebra() noexcept;

// Bloom filters.
Specs bloom_filters() noexcept;

// Rate limits.
Specs throttles() noexcept;
// Streams.
Specs streams_add() noexcept;
Specs streams_entries() noexcept;
Specs streams_read() noexcept;
Specs streams_groups() noexcept;
Specs streams_pending() noexcept;
Specs streams_claim() noexcept;
Specs streams_info() noexcept;

// Sorted sets.
Specs sorted_sets_add() noexcept;
Specs sorted_sets_get() noexcept;
Specs sorted_sets_range() noexcept;
Specs sorted_sets_pop() noexcept;
Specs sorted_sets_draw() noexcept;
Specs sorted_sets_algebra() noexcept;

// Sorted sets of points on the earth.
Specs geo() noexcept;
Specs geo_search() noexcept;

// Keys of any type.
Specs keys_delete() noexcept;
Specs keys_expire() noexcept;
Specs members_expire() noexcept;
Specs keys_move() noexcept;
Specs keys_dump() noexcept;
Specs keys_walk() noexcept;
Specs keys_object() noexcept;

// Every family, as command::Table takes them.
std::span<const Specs> all() noexcept;

}  // namespace larder::families
