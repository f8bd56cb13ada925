// The large form of hashes and sets: a table of elements (keys, or pairs of key and value) with
// optional deadlines, kept in the order of their keys' hashes.
//
// The hashes are divided among pages (element_page.h) by their top bits, as in extendible hashing
// (Fagin et al., 1979), in two levels: a directory of segments, each an array of up to 256 slots
// that point to pages. A page is found by indexing twice, and one that is full splits in two; the
// longest step of growth copies a segment's slots or doubles the directory, which has an entry for
// some thousand elements. All records of a page share the first `depth` bits of their hashes, so a
// page or segment less deep than what points to it stands in several neighbouring places.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "base/hash.h"
#include "base/random.h"
#include "value/element_page.h"
#include "value/element_record.h"
#include "value/object.h"

namespace larder::value {

class ElementTable final : public Object {
 public:
  enum class Kind : bool { keys, pairs };

  // Where an element was found, valid until the next change of the table.
  class Place {
   public:
    Place() = default;
    explicit operator bool() const noexcept { return page_ != nullptr; }

    std::string_view key() const noexcept { return record().key(); }
    std::string_view value() const noexcept { return record().value(); }
    base::UnixMs deadline() const noexcept { return record().deadline(); }
    Element element() const noexcept { return record().element(); }
    std::uint64_t hash() const noexcept { return hash_; }

   private:
    friend class ElementTable;
    Place(ElementPage* page, unsigned index, std::uint64_t hash, Kind kind) noexcept
        : page_(page), hash_(hash), index_(index), kind_(kind) {}
    ElementRecord record() const noexcept { return {page_->record(index_), kind_ == Kind::pairs}; }

    ElementPage* page_ = nullptr;
    std::uint64_t hash_ = 0;
    unsigned index_ = 0;
    Kind kind_ = Kind::keys;
  };

  ElementTable(const base::KeyHasher& hasher, Kind kind);
  ~ElementTable() override;

  std::unique_ptr<Object> clone() const override;
  std::size_t memory_bytes() const noexcept override { return sizeof *this + memory_bytes_; }
  std::size_t element_count() const noexcept override { return size_; }
  ElementTable* elements() noexcept override { return this; }
  std::uint64_t move_memory(std::uint64_t position, MemoryMover& mover) override;  // by hashes
  void prefetch(std::string_view key, unsigned step) const noexcept override;

  // A byte that the owner may keep with the table.
  std::uint8_t note() const noexcept { return note_; }
  void set_note(std::uint8_t note) noexcept { note_ = note; }

  // --- look-up: about one cache miss for the page and one for the record -------------------------
  std::uint64_t hash_of(std::string_view key) const noexcept { return hasher_(key); }
  Place find(std::string_view key) const noexcept { return find(key, hash_of(key)); }
  Place find(std::string_view key, std::uint64_t hash) const noexcept;

  // For many keys: ask for the page of each some keys ahead of finding it. (Going through another
  // table with the same hasher in order needs none of that: neighbours there are neighbours here.)
  void prefetch(std::uint64_t hash) const noexcept { page_of(hash)->prefetch(); }

  // --- change ------------------------------------------------------------------------------------
  // Adds an element whose key is not there yet. Its texts must not point into the table.
  Place insert(const Element& element) { return insert(element, hash_of(element.key)); }
  Place insert(const Element& element, std::uint64_t hash);

  // Gives an element another value and deadline, in place where the sizes allow it. `value` may
  // point into the table.
  Place update(Place place, std::string_view value, base::UnixMs deadline);
  Place set_deadline(Place place, base::UnixMs deadline) {
    return update(place, place.value(), deadline);
  }

  void erase(Place place);

  // --- walk --------------------------------------------------------------------------------------
  // Calls `visit(const Element&)` with all elements, those past their deadline among them; as long
  // as one page holds them, in the order of their insertion, which clients see of listpacks too.
  // The visitor must not change the table.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for_each_page([&](ElementPage& page) {
      for (unsigned index = 0; index < page.count(); ++index) {
        visit(record_of(page, index).element());
      }
    });
  }

  // Calls `visit(std::size_t)` with the number of elements in each page.
  template <class Visit>
  void for_each_page_count(Visit&& visit) const {
    for_each_page([&](const ElementPage& page) { visit(std::size_t{page.count()}); });
  }

  // The same while `visit` returns true; returns whether all were visited.
  template <class Visit>
  bool for_each_while(Visit&& visit) const {
    bool goes_on = true;
    std::uint64_t hash = 0;
    do {
      const auto segment = segment_of(hash);
      for_each_page_in(segment, [&](ElementPage& page) {
        for (unsigned index = 0; goes_on && index < page.count(); ++index) {
          goes_on = visit(record_of(page, index).element());
        }
      });
      hash = end_hash(hash, segment.depth());
    } while (goes_on && hash != 0);
    return goes_on;
  }

  // Visits about `count` elements from `cursor` on and returns the next cursor, 0 at the end. Every
  // element that is there during the whole walk is visited exactly once, whatever grows or shrinks
  // meanwhile. Cursors stay below 2^48, exact in a client's double; any number is a valid one. The
  // visitor must not change the table.
  using Visitor = base::FunctionRef<void(const Element&)>;
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Visitor visit) const;

  // An element drawn with equal chances, past its deadline or not; none from an empty table.
  Place random(base::Random& random) const;

  // --- deadlines ---------------------------------------------------------------------------------
  std::size_t with_deadline() const noexcept { return with_deadline_; }
  // Only an element's new deadline and expire() move it, not the removal of elements.
  base::UnixMs next_deadline() const noexcept override { return next_deadline_; }

  // Removes elements whose deadline is not after `now`, calling `before` with each. Stops after
  // about `steps_max` pages and elements, with next_deadline() still not after `now` where there
  // may be more. Returns how many it removed.
  std::size_t expire(base::UnixMs now, std::size_t steps_max, Visitor before);

  // How many elements are not past their deadline. Constant time where next_deadline() > now.
  std::size_t live_count(base::UnixMs now) const noexcept;

 private:
  static constexpr unsigned kSegmentSlotBitsMax = 8;
  static constexpr unsigned kSegmentSlotsMax = 1U << kSegmentSlotBitsMax;

  // Slots of pages, for the hashes that share the first bits.
  struct Segment {
    base::UnixMs next_deadline;   // of its pages
    std::uint32_t deepest_pages;  // that stand in one slot only
    ElementPage* slots[1];        // as many as its SegmentRef says
  };

  // A directory entry: the address of a segment, its depth and its number of slots in one word, so
  // that the slot's address is known without a look at the segment.
  class SegmentRef {
   public:
    SegmentRef() = default;
    SegmentRef(Segment* segment, unsigned depth, unsigned slot_bits) noexcept
        : word_(reinterpret_cast<std::uint64_t>(segment) | (std::uint64_t{depth} << kDepthShift) |
                (std::uint64_t{slot_bits} << kSlotBitsShift)) {}

    Segment* operator->() const noexcept { return segment(); }
    Segment* segment() const noexcept {
      return reinterpret_cast<Segment*>(word_ & ((std::uint64_t{1} << kDepthShift) - 1));
    }
    unsigned depth() const noexcept { return static_cast<unsigned>(word_ >> kDepthShift) & 0xffU; }
    unsigned slot_bits() const noexcept { return static_cast<unsigned>(word_ >> kSlotBitsShift); }
    unsigned slot_count() const noexcept { return 1U << slot_bits(); }
    // As deep as a page can be here.
    unsigned depth_max() const noexcept { return depth() + slot_bits(); }

    unsigned slot_of(std::uint64_t hash) const noexcept {
      return static_cast<unsigned>((hash << depth()) >> 1 >> (63 - slot_bits()));
    }
    std::size_t bytes() const noexcept { return bytes_for(slot_bits()); }
    static std::size_t bytes_for(unsigned slot_bits) noexcept {
      return offsetof(Segment, slots) + (sizeof(ElementPage*) << slot_bits);
    }

   private:
    static constexpr unsigned kDepthShift = 48;  // user addresses are shorter
    static constexpr unsigned kSlotBitsShift = 56;

    std::uint64_t word_ = 0;
  };

  // The hashes that share the first `depth` bits with `hash`: the first of them, and the first one
  // after them (0 after the last).
  static std::uint64_t first_hash(std::uint64_t hash, unsigned depth) noexcept {
    return depth == 0 ? 0 : hash >> (64 - depth) << (64 - depth);
  }
  static std::uint64_t end_hash(std::uint64_t hash, unsigned depth) noexcept {
    return depth == 0 ? 0 : first_hash(hash, depth) + (std::uint64_t{1} << (64 - depth));
  }

  SegmentRef segment_of(std::uint64_t hash) const noexcept {
    return directory_[(hash >> 1) >> (63 - directory_bits_)];
  }
  ElementPage* page_of(std::uint64_t hash) const noexcept {
    const auto segment = segment_of(hash);
    return segment->slots[segment.slot_of(hash)];
  }
  ElementRecord record_of(ElementPage& page, unsigned index) const noexcept {
    return {page.record(index), kind_ == Kind::pairs};
  }
  Place place_of(ElementPage* page, unsigned index, std::uint64_t hash) const noexcept {
    return {page, index, hash, kind_};
  }

  // Calls `visit(SegmentRef)`, or `visit(ElementPage&)` with the next page fetched ahead, in the
  // order of their hashes.
  template <class Visit>
  void for_each_segment(Visit&& visit) const {
    std::uint64_t hash = 0;
    do {
      const auto segment = segment_of(hash);
      hash = end_hash(hash, segment.depth());
      visit(segment);
    } while (hash != 0);
  }
  template <class Visit>
  static void for_each_page_in(SegmentRef segment, Visit&& visit) {
    const auto count = segment.slot_count();
    for (unsigned slot = 0; slot < count;) {
      auto* page = segment->slots[slot];
      slot += 1U << (segment.depth_max() - page->depth());
      if (slot < count) segment->slots[slot]->prefetch_whole();
      visit(*page);
    }
  }
  template <class Visit>
  void for_each_page(Visit&& visit) const {
    for_each_segment([&](SegmentRef segment) { for_each_page_in(segment, visit); });
  }

  // element_table.cc
  Place add(std::string_view record, base::UnixMs deadline, std::uint64_t hash);
  void note_deadline(std::uint64_t hash, base::UnixMs deadline) noexcept;
  std::uint64_t scan_page(std::uint64_t first, std::size_t& wanted, Visitor visit) const;
  void expire_page(ElementPage& page, base::UnixMs now, Visitor before, std::size_t& removed);
  bool expire_range(std::uint64_t first, std::uint64_t end, base::UnixMs now, std::size_t steps_max,
                    std::size_t& steps, Visitor before, std::size_t& removed);
  void drop_record(ElementPage& page, unsigned index) noexcept;

  // element_directory.cc
  ElementPage* make_page(std::size_t bytes, unsigned depth);
  void free_page(ElementPage* page) noexcept;
  ElementPage* resize_page(std::uint64_t hash, ElementPage* page, std::size_t bytes);
  void make_room(std::uint64_t hash, ElementPage* page, std::size_t record_bytes);
  void split_page(std::uint64_t hash, ElementPage* page, std::size_t spare_bytes);
  bool merge_page(std::uint64_t hash, ElementPage* page);
  void settle(std::uint64_t hash);
  void place_page(std::uint64_t hash, ElementPage* page) noexcept;

  SegmentRef make_segment(unsigned depth, unsigned slot_bits);
  SegmentRef make_segment_of(ElementPage* const* slots, unsigned slot_bits, unsigned depth);
  void free_segment(SegmentRef segment) noexcept;
  void deepen_segment(std::uint64_t hash);
  void split_segment(std::uint64_t hash, SegmentRef segment);
  void flatten_segment(std::uint64_t hash);
  void merge_segment(std::uint64_t hash);
  void publish(std::uint64_t hash, SegmentRef segment) noexcept;
  void move_segment(std::uint64_t hash, MemoryMover& mover);
  void deepen_directory();
  void flatten_directory();

  base::KeyHasher hasher_;
  std::vector<SegmentRef> directory_;
  std::size_t size_ = 0;
  std::size_t memory_bytes_ = 0;
  std::size_t outside_records_ = 0;
  std::size_t with_deadline_ = 0;
  base::UnixMs next_deadline_ = kNoDeadline;
  std::uint32_t deepest_segments_ = 1;  // as deep as the directory
  std::uint16_t page_count_max_ = 1;    // no page ever held more records
  std::uint8_t directory_bits_ = 0;
  std::uint8_t note_ = 0;
  Kind kind_;
};

}  // namespace larder::value
