// How an element table grows and shrinks: pages split and merge within their segment, segments
// within the directory. No step touches more than two pages and two segments, or the directory.
#include <bit>
#include <cstdlib>

#include "base/check.h"
#include "value/element_table.h"
#include "value/memory_mover.h"

namespace larder::value {
namespace {

// A page splits when it would take more; one of a few large records may become larger, since so
// few divide badly.
constexpr std::size_t kPageBytesMax = 1024;
constexpr std::size_t kPageBytesMaxOfFew = 2048;
constexpr std::size_t kFew = 8;  // records
constexpr unsigned kSplitRecordsMax = 1024;

// Below the first, a page looks for its neighbour to merge with; both together may take the second.
constexpr std::size_t kSparsePageBytes = 256;
constexpr std::size_t kMergedPageBytesMax = 640;

// Positions of cursors are this deep.
constexpr unsigned kDepthMax = 48;

std::size_t page_bytes_max(std::size_t records) noexcept {
  return records > kFew ? kPageBytesMax : kPageBytesMaxOfFew;
}

}  // namespace

// --- pages ---------------------------------------------------------------------------------------

ElementPage* ElementTable::make_page(std::size_t bytes, unsigned depth) {
  auto* page = ElementPage::make(bytes, depth);
  memory_bytes_ += page->capacity_bytes();
  return page;
}

void ElementTable::free_page(ElementPage* page) noexcept {
  memory_bytes_ -= page->capacity_bytes();
  ElementPage::destroy(page);
}

// Lets all slots of the page's hashes point to it.
void ElementTable::place_page(std::uint64_t hash, ElementPage* page) noexcept {
  const auto segment = segment_of(hash);
  const auto repeats = 1U << (segment.depth_max() - page->depth());
  const auto first = segment.slot_of(first_hash(hash, page->depth()));
  std::fill_n(segment->slots + first, repeats, page);
}

ElementPage* ElementTable::resize_page(std::uint64_t hash, ElementPage* page, std::size_t bytes) {
  memory_bytes_ -= page->capacity_bytes();
  page = ElementPage::resize(page, bytes);
  memory_bytes_ += page->capacity_bytes();
  place_page(hash, page);
  return page;
}

// A larger page, or two: one step towards room for a record.
void ElementTable::make_room(std::uint64_t hash, ElementPage* page, std::size_t record_bytes) {
  const auto needed = page->bytes_with(1, record_bytes);
  // Far deeper than their number makes likely, records share their bits on purpose. Their page
  // grows rather than the directory.
  const auto depth_max = std::min<unsigned>(std::bit_width(size_) + 8U, kDepthMax);
  if (needed <= page_bytes_max(page->count() + 1) || page->depth() >= depth_max ||
      page->count() > kSplitRecordsMax) {
    resize_page(hash, page, needed);
  } else {
    split_page(hash, page, record_bytes);
  }
}

void ElementTable::split_page(std::uint64_t hash, ElementPage* page, std::size_t spare_bytes) {
  if (page->depth() == segment_of(hash).depth_max()) deepen_segment(hash);
  const auto depth = page->depth() + 1;
  const auto side_bit = std::uint64_t{1} << (64 - depth);
  bool is_upper[kSplitRecordsMax];
  std::size_t records[2] = {};
  std::size_t bytes[2] = {};
  for (unsigned i = 0; i < page->count(); ++i) {
    is_upper[i] = (hash_of(record_of(*page, i).key()) & side_bit) != 0;
    ++records[is_upper[i]];
    bytes[is_upper[i]] += page->record_size(i);
  }
  ElementPage* halves[2];
  for (const int side : {0, 1}) {
    const auto needed =
        page->bytes_with(records[side], bytes[side]) - page->bytes_with(0, 0) + sizeof(ElementPage);
    halves[side] = make_page(std::min(needed + spare_bytes, ElementPage::kBytesMax), depth);
    halves[side]->set_next_deadline(page->next_deadline());
  }
  for (unsigned i = 0; i < page->count(); ++i) {
    halves[is_upper[i]]->append(page->tag(i), page->record_text(i));
  }
  place_page(hash & ~side_bit, halves[0]);
  place_page(hash | side_bit, halves[1]);
  const auto segment = segment_of(hash);
  if (depth == segment.depth_max()) segment->deepest_pages += 2;
  free_page(page);
}

// Makes the key's page smaller, or one with its neighbour, where it has become sparse.
void ElementTable::settle(std::uint64_t hash) {
  auto* page = page_of(hash);
  const auto used = page->bytes_with(0, 0);
  if (used < kSparsePageBytes && page->depth() != 0) {
    if (page->depth() == segment_of(hash).depth()) {
      merge_segment(hash);
    } else if (merge_page(hash, page)) {
      return;
    }
  }
  if (used <= page->capacity_bytes() / 2) resize_page(hash, page, used + used / 8);
}

bool ElementTable::merge_page(std::uint64_t hash, ElementPage* page) {
  const auto depth = page->depth();
  auto* other = page_of(hash ^ (std::uint64_t{1} << (64 - depth)));
  const auto needed = page->bytes_with(0, 0) + other->bytes_with(0, 0) - sizeof(ElementPage);
  if (other->depth() != depth || needed > kMergedPageBytesMax) return false;
  auto* merged = make_page(needed, depth - 1);
  for (auto* from : {page, other}) {
    for (unsigned i = 0; i < from->count(); ++i) merged->append(from->tag(i), from->record_text(i));
  }
  merged->set_next_deadline(std::min(page->next_deadline(), other->next_deadline()));
  const auto segment = segment_of(hash);
  const bool was_deepest = depth == segment.depth_max();
  place_page(hash, merged);
  free_page(page);
  free_page(other);
  if (was_deepest && (segment->deepest_pages -= 2) == 0) flatten_segment(hash);
  return true;
}

// --- segments ------------------------------------------------------------------------------------

ElementTable::SegmentRef ElementTable::make_segment(unsigned depth, unsigned slot_bits) {
  const auto bytes = SegmentRef::bytes_for(slot_bits);
  auto* segment = static_cast<Segment*>(std::malloc(bytes));
  CHECK(segment != nullptr, "out of memory for elements");
  segment->next_deadline = kNoDeadline;
  segment->deepest_pages = 0;
  memory_bytes_ += bytes;
  return {segment, depth, slot_bits};
}

void ElementTable::free_segment(SegmentRef segment) noexcept {
  memory_bytes_ -= segment.bytes();
  std::free(segment.segment());
}

// A segment of the pages that 2^slot_bits slots point to, with as few slots as they need.
ElementTable::SegmentRef ElementTable::make_segment_of(ElementPage* const* slots,
                                                       unsigned slot_bits, unsigned depth) {
  const auto count = 1U << slot_bits;
  auto shortest = count;
  for (unsigned slot = 0; slot < count;) {
    const auto first = slot;
    while (slot < count && slots[slot] == slots[first]) ++slot;
    shortest = std::min(shortest, slot - first);
  }
  const auto segment =
      make_segment(depth, slot_bits - static_cast<unsigned>(std::countr_zero(shortest)));
  auto* made = segment->slots;
  for (unsigned slot = 0; slot < count; slot += shortest) made[slot / shortest] = slots[slot];
  const auto made_count = segment.slot_count();
  for (unsigned slot = 0; slot < made_count; ++slot) {
    const bool repeats = (slot > 0 && made[slot - 1] == made[slot]) ||
                         (slot + 1 < made_count && made[slot + 1] == made[slot]);
    if (!repeats) ++segment->deepest_pages;
  }
  return segment;
}

// Makes room in the key's segment for pages one deeper than any can be now.
void ElementTable::deepen_segment(std::uint64_t hash) {
  auto segment = segment_of(hash);
  if (segment.slot_count() == kSegmentSlotsMax) {
    split_segment(hash, segment);
    segment = segment_of(hash);
  }
  const auto deeper = make_segment(segment.depth(), segment.slot_bits() + 1);
  for (unsigned slot = 0; slot < deeper.slot_count(); ++slot) {
    deeper->slots[slot] = segment->slots[slot / 2];
  }
  deeper->next_deadline = segment->next_deadline;
  publish(hash, deeper);
  free_segment(segment);
}

void ElementTable::split_segment(std::uint64_t hash, SegmentRef segment) {
  if (segment.depth() == directory_bits_) deepen_directory();
  const auto depth = segment.depth() + 1;
  const auto side_bit = std::uint64_t{1} << (64 - depth);
  for (const unsigned side : {0U, 1U}) {
    const auto* slots = segment->slots + side * (segment.slot_count() / 2);
    const auto half = make_segment_of(slots, segment.slot_bits() - 1, depth);
    half->next_deadline = segment->next_deadline;
    publish(side == 0 ? hash & ~side_bit : hash | side_bit, half);
  }
  if (depth == directory_bits_) deepest_segments_ += 2;
  free_segment(segment);
}

// After the last of its deepest pages has gone.
void ElementTable::flatten_segment(std::uint64_t hash) {
  const auto segment = segment_of(hash);
  const auto flatter = make_segment_of(segment->slots, segment.slot_bits(), segment.depth());
  flatter->next_deadline = segment->next_deadline;
  publish(hash, flatter);
  free_segment(segment);
  merge_segment(hash);
}

// Joins a small segment and its neighbour.
void ElementTable::merge_segment(std::uint64_t hash) {
  constexpr unsigned kSmallSlotBits = kSegmentSlotBitsMax - 2;
  const auto segment = segment_of(hash);
  if (segment.depth() == 0 || segment.slot_bits() > kSmallSlotBits) return;
  const auto side_bit = std::uint64_t{1} << (64 - segment.depth());
  const auto lower = segment_of(hash & ~side_bit);
  const auto upper = segment_of(hash | side_bit);
  if (lower.depth() != upper.depth() ||
      std::max(lower.slot_bits(), upper.slot_bits()) > kSmallSlotBits) {
    return;
  }
  ElementPage* slots[kSegmentSlotsMax];
  const auto slot_bits = std::max(lower.slot_bits(), upper.slot_bits());
  for (unsigned slot = 0; slot < 1U << slot_bits; ++slot) {
    slots[slot] = lower->slots[slot >> (slot_bits - lower.slot_bits())];
    slots[slot + (1U << slot_bits)] = upper->slots[slot >> (slot_bits - upper.slot_bits())];
  }
  const bool was_deepest = segment.depth() == directory_bits_;
  const auto merged = make_segment_of(slots, slot_bits + 1, segment.depth() - 1);
  merged->next_deadline = std::min(lower->next_deadline, upper->next_deadline);
  publish(hash, merged);
  free_segment(lower);
  free_segment(upper);
  if (was_deepest && (deepest_segments_ -= 2) == 0) flatten_directory();
}

// --- directory -----------------------------------------------------------------------------------

void ElementTable::publish(std::uint64_t hash, SegmentRef segment) noexcept {
  const auto repeats = std::size_t{1} << (directory_bits_ - segment.depth());
  const auto first = (first_hash(hash, segment.depth()) >> 1) >> (63 - directory_bits_);
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), repeats, segment);
}

void ElementTable::move_segment(std::uint64_t hash, MemoryMover& mover) {
  const auto segment = segment_of(hash);
  auto* const moved = mover(segment.segment());
  if (moved != segment.segment()) publish(hash, {moved, segment.depth(), segment.slot_bits()});
}

// A segment is moved with its first page.
std::uint64_t ElementTable::move_memory(std::uint64_t position, MemoryMover& mover) {
  auto hash = position;
  do {
    if (hash == first_hash(hash, segment_of(hash).depth())) move_segment(hash, mover);
    auto* const page = page_of(hash);
    auto* const moved = mover(page);
    if (moved != page) place_page(hash, moved);
    for (unsigned index = 0; outside_records_ != 0 && index < moved->count(); ++index) {
      record_of(*moved, index).move_outside(mover);
    }
    hash = end_hash(hash, moved->depth());
  } while (hash != 0 && !mover.is_done());
  return hash;
}

void ElementTable::deepen_directory() {
  std::vector<SegmentRef> deeper(directory_.size() * 2);
  for (std::size_t i = 0; i < deeper.size(); ++i) deeper[i] = directory_[i / 2];
  memory_bytes_ += (deeper.size() - directory_.size()) * sizeof(SegmentRef);
  directory_ = std::move(deeper);
  ++directory_bits_;
  deepest_segments_ = 0;
}

void ElementTable::flatten_directory() {
  while (directory_bits_ != 0 && deepest_segments_ == 0) {
    std::vector<SegmentRef> flatter(directory_.size() / 2);
    for (std::size_t i = 0; i < flatter.size(); ++i) flatter[i] = directory_[i * 2];
    memory_bytes_ -= (directory_.size() - flatter.size()) * sizeof(SegmentRef);
    directory_ = std::move(flatter);
    --directory_bits_;
    for (std::size_t i = 0; i < directory_.size(); ++i) {
      if (directory_[i].depth() == directory_bits_) ++deepest_segments_;
    }
  }
}

}  // namespace larder::value
