#include "value/element_table.h"

#include <bit>

#include "base/prefetch.h"

namespace larder::value {
namespace {

// The byte of a hash that a page keeps: its low one, while its high bits decide the page.
std::uint8_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint8_t>(hash); }

// Cursors are the high 48 bits of a position: a client may keep them in a double.
constexpr unsigned kCursorShift = 16;
constexpr unsigned kCursorBits = 64 - kCursorShift;

}  // namespace

ElementTable::ElementTable(const base::KeyHasher& hasher, Kind kind)
    : hasher_(hasher), kind_(kind) {
  directory_.push_back(make_segment(0, 0));
  directory_[0]->slots[0] = make_page(0, 0);
  directory_[0]->deepest_pages = 1;
  memory_bytes_ += sizeof(SegmentRef);
}

ElementTable::~ElementTable() {
  for_each_segment([&](SegmentRef segment) {
    for_each_page_in(segment, [&](ElementPage& page) {
      if (outside_records_ != 0) {
        for (unsigned i = 0; i < page.count(); ++i) record_of(page, i).free_outside();
      }
      ElementPage::destroy(&page);
    });
    free_segment(segment);
  });
}

std::unique_ptr<Object> ElementTable::clone() const {
  auto copy = std::make_unique<ElementTable>(hasher_, kind_);
  for_each([&](const Element& element) { copy->insert(element); });
  copy->note_ = note_;
  return copy;
}

// --- look-up and change --------------------------------------------------------------------------

ElementTable::Place ElementTable::find(std::string_view key, std::uint64_t hash) const noexcept {
  auto* page = page_of(hash);
  const bool has_value = kind_ == Kind::pairs;
  const auto index = page->find(tag_of(hash), [&](unsigned char* record) {
    return ElementRecord(record, has_value).key() == key;
  });
  return index == page->count() ? Place() : place_of(page, index, hash);
}

void ElementTable::prefetch(std::string_view key, unsigned step) const noexcept {
  if (key.empty()) return;
  const auto hash = hash_of(key);
  if (step == 0) return prefetch(hash);
  page_of(hash)->find(tag_of(hash), [](const unsigned char* record) {
    base::prefetch(record);
    return true;
  });
}

ElementTable::Place ElementTable::insert(const Element& element, std::uint64_t hash) {
  const NewRecord record(element, kind_ == Kind::pairs);
  if (record.outside_bytes() != 0) {
    ++outside_records_;
    memory_bytes_ += record.outside_bytes();
  }
  if (element.deadline != kNoDeadline) ++with_deadline_;
  ++size_;
  return add(record.bytes(), element.deadline, hash);
}

ElementTable::Place ElementTable::add(std::string_view record, base::UnixMs deadline,
                                      std::uint64_t hash) {
  auto* page = page_of(hash);
  while (!page->has_room_for(record.size())) {
    make_room(hash, page, record.size());
    page = page_of(hash);
  }
  page->append(tag_of(hash), record);
  page_count_max_ = std::max(page_count_max_, static_cast<std::uint16_t>(page->count()));
  if (deadline != kNoDeadline) note_deadline(hash, deadline);
  return place_of(page, page->count() - 1, hash);
}

void ElementTable::note_deadline(std::uint64_t hash, base::UnixMs deadline) noexcept {
  auto* page = page_of(hash);
  auto* segment = segment_of(hash).segment();
  page->set_next_deadline(std::min(page->next_deadline(), deadline));
  segment->next_deadline = std::min(segment->next_deadline, deadline);
  next_deadline_ = std::min(next_deadline_, deadline);
}

ElementTable::Place ElementTable::update(Place place, std::string_view value,
                                         base::UnixMs deadline) {
  auto record = place.record();
  const auto old = record.element();
  if (value.size() == old.value.size() &&
      (deadline == kNoDeadline) == (old.deadline == kNoDeadline)) {
    if (!value.empty()) {
      std::memmove(const_cast<char*>(old.value.data()), value.data(), value.size());
    }
    if (deadline != kNoDeadline) {
      record.overwrite_deadline(deadline);
      note_deadline(place.hash_, deadline);
    }
    return place;
  }
  const Element element{old.key, value, deadline};
  const NewRecord replacement(element, kind_ == Kind::pairs);
  if (replacement.outside_bytes() != 0) {
    ++outside_records_;
    memory_bytes_ += replacement.outside_bytes();
  }
  if (deadline != kNoDeadline) ++with_deadline_;
  drop_record(*place.page_, place.index_);
  return add(replacement.bytes(), deadline, place.hash_);
}

void ElementTable::erase(Place place) {
  drop_record(*place.page_, place.index_);
  --size_;
  settle(place.hash_);
}

// Takes a record out of its page, with what it has outside.
void ElementTable::drop_record(ElementPage& page, unsigned index) noexcept {
  auto record = record_of(page, index);
  if (record.has_deadline()) --with_deadline_;
  if (record.is_outside()) {
    memory_bytes_ -= record.outside_bytes();
    --outside_records_;
    record.free_outside();
  }
  page.erase(index);
}

// --- walk ----------------------------------------------------------------------------------------

std::uint64_t ElementTable::scan(std::uint64_t cursor, std::size_t count, Visitor visit) const {
  constexpr std::size_t kPagesPerElementMax = 10;  // as many as it passes for each one asked for
  auto position = cursor << kCursorShift;
  auto wanted = std::max<std::size_t>(count, 1);
  auto pages_left = std::min(wanted, std::size_t{1} << 40) * kPagesPerElementMax;
  do {
    position = scan_page(position, wanted, visit);
  } while (position != 0 && wanted != 0 && --pages_left != 0);
  return position >> kCursorShift;
}

// Visits elements of one page with hashes from `first` on, all that are left in it or, where it has
// many more than wanted, a part. Returns the first hash not visited.
std::uint64_t ElementTable::scan_page(std::uint64_t first, std::size_t& wanted,
                                      Visitor visit) const {
  auto& page = *page_of(first);
  auto depth = page.depth();
  for (std::size_t expected = page.count(); expected / 2 > wanted && depth < kCursorBits;
       expected /= 2) {
    ++depth;
  }
  const auto end = end_hash(first, depth);
  const bool takes_all = depth == page.depth() && first == first_hash(first, depth);
  for (auto index = page.count(); index-- > 0;) {
    const auto element = record_of(page, index).element();
    if (!takes_all) {
      const auto hash = hash_of(element.key);
      if (hash < first || hash > end - 1) continue;
    }
    visit(element);
    if (wanted != 0) --wanted;
  }
  return end;
}

// Draws a segment, a slot and an index, each among as many as there can be, until all three exist;
// a segment or page that stands in several places counts in the first only. So every record has the
// same chance.
ElementTable::Place ElementTable::random(base::Random& random) const {
  if (size_ == 0) return {};
  constexpr int kTriesMax = 20'000;
  const bool is_single = directory_bits_ == 0;
  const std::uint64_t slots = is_single ? directory_[0].slot_count() : kSegmentSlotsMax;
  for (int i = 0; i < kTriesMax; ++i) {
    const auto at = random.below(directory_.size());
    const auto segment = directory_[at];
    const auto repeats = std::size_t{1} << (directory_bits_ - segment.depth());
    if ((at & (repeats - 1)) != 0) continue;
    const auto slot = random.below(slots);
    if (slot >= segment.slot_count()) continue;
    auto* page = segment->slots[slot];
    if (slot != 0 && segment->slots[slot - 1] == page) continue;
    const auto index = static_cast<unsigned>(random.below(page_count_max_));
    if (index < page->count()) {
      return place_of(page, index, hash_of(record_of(*page, index).key()));
    }
  }
  Place found;  // nearly all pages are nearly empty
  for_each_page([&](ElementPage& page) {
    if (!found && page.count() != 0) {
      found = place_of(&page, 0, hash_of(record_of(page, 0).key()));
    }
  });
  return found;
}

// --- deadlines -----------------------------------------------------------------------------------

std::size_t ElementTable::live_count(base::UnixMs now) const noexcept {
  if (next_deadline() > now) return size_;
  std::size_t due = 0;
  for_each_segment([&](SegmentRef segment) {
    if (segment->next_deadline > now) return;
    for_each_page_in(segment, [&](ElementPage& page) {
      if (page.next_deadline() > now) return;
      for (unsigned i = 0; i < page.count(); ++i) due += record_of(page, i).deadline() <= now;
    });
  });
  return size_ - due;
}

std::size_t ElementTable::expire(base::UnixMs now, std::size_t steps_max, Visitor before) {
  std::size_t removed = 0;
  std::size_t steps = 0;
  if (next_deadline() > now) return 0;
  auto next = kNoDeadline;
  std::uint64_t first = 0;
  do {
    const auto end = end_hash(first, segment_of(first).depth());
    if (segment_of(first)->next_deadline <= now &&
        !expire_range(first, end, now, steps_max, steps, before, removed)) {
      return removed;
    }
    next = std::min(next, segment_of(first)->next_deadline);
    first = end;
  } while (first != 0);
  next_deadline_ = next;
  return removed;
}

// The same for the hashes of one segment (pages and segments may merge meanwhile). False where the
// steps did not suffice.
bool ElementTable::expire_range(std::uint64_t first, std::uint64_t end, base::UnixMs now,
                                std::size_t steps_max, std::size_t& steps, Visitor before,
                                std::size_t& removed) {
  auto position = first;
  do {
    auto& page = *page_of(position);
    const auto page_end = end_hash(position, page.depth());
    if (page.next_deadline() <= now) {
      if (steps >= steps_max) return false;
      const auto removed_before = removed;
      expire_page(page, now, before, removed);
      steps += 1 + removed - removed_before;
      if (removed != removed_before) settle(position);
    }
    position = page_end;
  } while (position != 0 && position - 1 < end - 1);
  const auto segment = segment_of(first);
  auto next = kNoDeadline;
  for (unsigned slot = 0; slot < segment.slot_count(); ++slot) segment->slots[slot]->prefetch();
  for (unsigned slot = 0; slot < segment.slot_count(); ++slot) {
    next = std::min(next, segment->slots[slot]->next_deadline());
  }
  segment->next_deadline = next;
  return true;
}

void ElementTable::expire_page(ElementPage& page, base::UnixMs now, Visitor before,
                               std::size_t& removed) {
  auto next = kNoDeadline;
  for (auto index = page.count(); index-- > 0;) {
    auto record = record_of(page, index);
    const auto deadline = record.deadline();
    if (deadline > now) {
      next = std::min(next, deadline);
      continue;
    }
    before(record.element());
    drop_record(page, index);
    --size_;
    ++removed;
  }
  page.set_next_deadline(next);
}

}  // namespace larder::value
