// The one list of all families of data commands.
#include "families/families.h"

namespace larder::families {

std::span<const Specs> all() noexcept {
  static const Specs kAll[] = {
      strings_set(),
      strings_get(),
      strings_range(),
      strings_counters(),
      strings_increx(),
      strings_many(),
      strings_compare(),
      strings_lcs(),
      bitmaps(),
      bitfields(),
      hyperloglogs(),
      lists_push(),
      lists_pop(),
      lists_read(),
      lists_move(),
      lists_block(),
      hashes_set(),
      hashes_get(),
      hashes_walk(),
      hashes_expire(),
      hashes_getex(),
      sets(),
      sets_random(),
      sets_algebra(),
      throttles(),
      streams_add(),
      streams_entries(),
      streams_read(),
      streams_groups(),
      streams_pending(),
      streams_claim(),
      streams_info(),
      sorted_sets_add(),
      sorted_sets_get(),
      sorted_sets_range(),
      sorted_sets_pop(),
      sorted_sets_draw(),
      sorted_sets_algebra(),
      geo(),
      geo_search(),
      keys_delete(),
      keys_expire(),
      members_expire(),
      keys_move(),
      keys_dump(),
      keys_walk(),
      keys_object(),
      bloom_filters(),
      sorting(),
  };
  return kAll;
}

}  // namespace larder::families
