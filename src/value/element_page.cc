#include "value/element_page.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/check.h"

namespace larder::value {
namespace {

// Sixteen tags may be read at a time wherever there is one: in a page this large the records and
// distances that come with the tags keep such a read inside.
constexpr std::size_t kBytesMin = 64;

}  // namespace

// Allocators round up to sizes a quarter of a power of two apart (jemalloc's classes). A page takes
// all of its class.
std::size_t ElementPage::allocation_bytes(std::size_t bytes) noexcept {
  const auto wanted = std::max(bytes, kBytesMin);
  const auto spacing = std::max<std::size_t>(std::bit_ceil(wanted) / 8, 16);
  return std::min((wanted + spacing - 1) / spacing * spacing, kBytesMax);
}

ElementPage* ElementPage::make(std::size_t bytes, unsigned depth) {
  CHECK(bytes <= kBytesMax, "a page's records share too much of their hashes");
  const auto capacity = allocation_bytes(bytes);
  void* memory = std::malloc(capacity);
  CHECK(memory != nullptr, "out of memory for elements");
  auto* page = new (memory) ElementPage();
  page->capacity_ = static_cast<std::uint16_t>(capacity);
  page->depth_ = static_cast<std::uint8_t>(depth);
  return page;
}

void ElementPage::destroy(ElementPage* page) noexcept { std::free(page); }

ElementPage* ElementPage::resize(ElementPage* page, std::size_t bytes) {
  auto* moved = make(std::max(bytes, page->bytes_with(0, 0)), page->depth_);
  moved->count_ = page->count_;
  moved->record_bytes_ = page->record_bytes_;
  moved->next_deadline_ = page->next_deadline_;
  std::memcpy(moved->tags(), page->tags(), kBytesPerRecord * page->count_);
  std::memcpy(moved->end() - page->record_bytes_, page->end() - page->record_bytes_,
              page->record_bytes_);
  destroy(page);
  return moved;
}

void ElementPage::append(std::uint8_t tag, std::string_view record) noexcept {
  auto* distances = tags() + count_;
  std::memmove(distances + 1, distances, count_ * sizeof(std::uint16_t));
  tags()[count_] = tag;
  ++count_;
  record_bytes_ = static_cast<std::uint16_t>(record_bytes_ + record.size());
  std::memcpy(tags() + count_ + (count_ - 1U) * sizeof record_bytes_, &record_bytes_,
              sizeof record_bytes_);
  std::memcpy(end() - record_bytes_, record.data(), record.size());
}

void ElementPage::erase(unsigned index) noexcept {
  const auto size = record_size(index);
  auto* first = end() - record_bytes_;
  std::memmove(first + size, first, static_cast<std::size_t>(record(index) - first));
  for (auto after = index + 1; after < count_; ++after) {
    const auto nearer = static_cast<std::uint16_t>(distance(after) - size);
    std::memcpy(tags() + count_ + after * sizeof nearer, &nearer, sizeof nearer);
  }
  auto* distances = tags() + count_;
  const auto before_bytes = index * sizeof(std::uint16_t);
  const auto after_bytes = (count_ - index - 1U) * sizeof(std::uint16_t);
  std::memmove(tags() + index, tags() + index + 1, count_ - index - 1U);
  std::memmove(distances - 1, distances, before_bytes);
  std::memmove(distances - 1 + before_bytes, distances + before_bytes + sizeof(std::uint16_t),
               after_bytes);
  --count_;
  record_bytes_ = static_cast<std::uint16_t>(record_bytes_ - size);
}

}  // namespace larder::value
