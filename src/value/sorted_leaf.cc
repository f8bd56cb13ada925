#include "value/sorted_leaf.h"

#include <malloc.h>

#include <bit>
#include <cstdlib>
#include <new>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/check.h"

namespace larder::value {
namespace {

// One bit for each of the 16 bytes that end at `end` and equal `byte`, the last one highest.
unsigned matches_before(const std::uint8_t* end, std::uint8_t byte) noexcept {
#ifdef __SSE2__
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(byte)))));
#else
  unsigned bits = 0;
  for (int i = 0; i < 16; ++i) bits |= static_cast<unsigned>(end[i - 16] == byte) << i;
  return bits;
#endif
}

// How many of the ascending `values` come first for which `is_before` holds. No branch depends on
// the values.
template <class IsBefore>
unsigned count_before(const double* values, unsigned count, IsBefore is_before) noexcept {
  const double* from = values;
  while (count > 1) {
    const auto half = count / 2;
    from += is_before(from[half - 1]) ? half : 0;
    count -= half;
  }
  return static_cast<unsigned>(from - values) + (count == 1 && is_before(*from) ? 1U : 0U);
}

void move(void* to, const void* from, std::size_t bytes) noexcept { std::memmove(to, from, bytes); }

}  // namespace

SortedLeaf::Text SortedLeaf::Text::make(std::string_view member) {
  Text text;
  if (member.size() <= kInsideBytesMax) {
    text.inside_ = member;
  } else {
    text.outside_ = LargeString::make(member);
  }
  return text;
}

SortedLeaf* SortedLeaf::make(std::size_t bytes) {
  void* memory = std::malloc(bytes);
  CHECK(memory != nullptr, "out of memory for a leaf");
  auto* leaf = new (memory) SortedLeaf;
  leaf->capacity_ = static_cast<std::uint16_t>(::malloc_usable_size(memory));
  return leaf;
}

void SortedLeaf::destroy(SortedLeaf* leaf) noexcept {
  leaf->free_outside(0, leaf->count_);
  std::free(leaf);
}

SortedLeaf* SortedLeaf::clone() const {
  auto* copy = make(bytes());
  const auto capacity = copy->capacity_;
  std::memcpy(static_cast<void*>(copy), this, bytes());
  copy->capacity_ = capacity;
  for (unsigned i = 0; i < count_; ++i) {
    if (!is_outside(i)) continue;
    auto* string = LargeString::make(outside(i)->text());
    std::memcpy(copy->texts() + text_begin(i), &string, sizeof string);
  }
  return copy;
}

SortedLeaf* SortedLeaf::resize(SortedLeaf* leaf, std::size_t bytes) {
  auto* memory = std::realloc(static_cast<void*>(leaf), bytes);
  CHECK(memory != nullptr, "out of memory for a leaf");
  leaf = static_cast<SortedLeaf*>(memory);
  leaf->capacity_ = static_cast<std::uint16_t>(::malloc_usable_size(memory));
  return leaf;
}

unsigned SortedLeaf::find(std::string_view member, std::uint8_t tag) const noexcept {
  const auto* first = tags();
  // Sixteen tags at a time from the end, since what lies before the tags may always be read.
  for (unsigned end = count_; end != 0; end -= end < 16 ? end : 16) {
    auto bits = matches_before(first + end, tag);
    if (end < 16) bits &= 0xffffU << (16 - end);
    while (bits != 0) {
      const auto index = end + static_cast<unsigned>(std::countr_zero(bits)) - 16;
      if (this->member(index) == member) return index;
      bits &= bits - 1;
    }
  }
  return kNone;
}

unsigned SortedLeaf::first_at_least(double score) const noexcept {
  return count_before(scores(), count_, [score](double value) { return value < score; });
}

unsigned SortedLeaf::first_above(double score) const noexcept {
  return count_before(scores(), count_, [score](double value) { return value <= score; });
}

unsigned SortedLeaf::lower_bound(double score, std::string_view member) const noexcept {
  auto first = first_at_least(score);
  if (first == count_ || scores()[first] != score) return first;
  auto last = first_above(score);
  while (first < last) {
    const auto middle = (first + last) / 2;
    if (this->member(middle) < member) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

// Makes room for `count` elements at `index` with `bytes` of members in all. Every part moves up,
// the last one first; tags and members there and the new elements' ends are undefined.
void SortedLeaf::open(unsigned index, unsigned count, std::size_t bytes) noexcept {
  const auto text_at = text_begin(index);
  const auto behind = count_ - index;
  auto* const old_texts = texts();
  auto* const old_tags = tags();
  auto* const old_ends = ends();
  const auto old_text_bytes = text_bytes_;
  count_ = static_cast<std::uint16_t>(count_ + count);
  text_bytes_ = static_cast<std::uint16_t>(text_bytes_ + bytes);
  move(texts() + text_at + bytes, old_texts + text_at, old_text_bytes - text_at);
  move(texts(), old_texts, text_at);
  move(tags() + index + count, old_tags + index, behind);
  move(tags(), old_tags, index);
  move(ends() + index + count, old_ends + index, behind * sizeof *old_ends);
  move(ends(), old_ends, index * sizeof *old_ends);
  move(scores() + index + count, scores() + index, behind * sizeof(double));
  for (auto *end = ends() + index + count, *stop = ends() + count_; end != stop; ++end) {
    *end = static_cast<std::uint16_t>(*end + bytes);
  }
}

void SortedLeaf::insert(unsigned index, const Text& text, std::uint8_t tag, double score) noexcept {
  const auto text_at = text_begin(index);
  const auto size = text.size();
  open(index, 1, size);
  scores()[index] = score;
  tags()[index] = tag;
  auto end = static_cast<std::uint16_t>(text_at + size);
  if (text.outside_ != nullptr) {
    end |= kOutside;
    std::memcpy(texts() + text_at, &text.outside_, size);
  } else if (size != 0) {
    std::memcpy(texts() + text_at, text.inside_.data(), size);
  }
  ends()[index] = end;
}

void SortedLeaf::append(const SortedLeaf& from, unsigned first) noexcept {
  const auto index = count_;
  const auto text_at = text_bytes_;
  const auto added = from.count_ - first;
  const auto from_at = from.text_begin(first);
  const auto bytes = from.text_bytes_ - from_at;
  open(index, added, bytes);
  std::memcpy(scores() + index, from.scores() + first, added * sizeof(double));
  std::memcpy(tags() + index, from.tags() + first, added);
  std::memcpy(texts() + text_at, from.texts() + from_at, bytes);
  for (unsigned i = 0; i < added; ++i) {
    ends()[index + i] = static_cast<std::uint16_t>(from.ends()[first + i] + text_at - from_at);
  }
}

void SortedLeaf::erase(unsigned index, unsigned count) noexcept {
  const auto text_at = text_begin(index);
  const auto bytes = text_begin(index + count) - text_at;
  const auto behind = count_ - index - count;
  auto* const old_texts = texts();
  auto* const old_tags = tags();
  auto* const old_ends = ends();
  for (auto *end = old_ends + index + count, *stop = old_ends + count_; end != stop; ++end) {
    *end = static_cast<std::uint16_t>(*end - bytes);
  }
  move(scores() + index, scores() + index + count, behind * sizeof(double));
  const auto old_text_bytes = text_bytes_;
  count_ = static_cast<std::uint16_t>(count_ - count);
  text_bytes_ = static_cast<std::uint16_t>(text_bytes_ - bytes);
  move(ends(), old_ends, index * sizeof *old_ends);
  move(ends() + index, old_ends + index + count, behind * sizeof *old_ends);
  move(tags(), old_tags, index);
  move(tags() + index, old_tags + index + count, behind);
  move(texts(), old_texts, text_at);
  move(texts() + text_at, old_texts + text_at + bytes, old_text_bytes - text_at - bytes);
}

void SortedLeaf::free_outside(unsigned index, unsigned count) noexcept {
  for (unsigned i = index; i < index + count; ++i) {
    if (is_outside(i)) LargeString::destroy(outside(i));
  }
}

void SortedLeaf::move_outside(MemoryMover& mover) {
  for (unsigned i = 0; i < count_; ++i) {
    if (!is_outside(i)) continue;
    auto* const moved = mover(outside(i));
    std::memcpy(texts() + text_begin(i), &moved, sizeof moved);
  }
}

SortedLeaf::Text SortedLeaf::take_text(unsigned index,
                                       char (&space)[kInsideBytesMax]) const noexcept {
  Text text;
  if (is_outside(index)) {
    text.outside_ = outside(index);
    return text;
  }
  const auto bytes = member(index);
  if (!bytes.empty()) std::memcpy(space, bytes.data(), bytes.size());
  text.inside_ = {space, bytes.size()};
  return text;
}

std::size_t SortedLeaf::outside_bytes(unsigned index, unsigned count) const noexcept {
  std::size_t bytes = 0;
  for (unsigned i = index; i < index + count; ++i) {
    if (is_outside(i)) bytes += outside(i)->memory_bytes();
  }
  return bytes;
}

}  // namespace larder::value
