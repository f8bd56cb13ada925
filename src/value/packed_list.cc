#include "value/packed_list.h"

#include <algorithm>

namespace larder::value {

void PackedList::set_head(std::size_t count, bool is_quicklist) noexcept {
  const auto head = static_cast<std::uint16_t>(count | (is_quicklist ? kQuicklist : 0U));
  std::memcpy(cell_.packed_bytes(), &head, sizeof head);
}

void PackedList::add_count(std::ptrdiff_t more) noexcept {
  const auto packed = cell_.packed();
  set_head(count(packed) + static_cast<std::size_t>(more), is_quicklist(packed));
}

const char* PackedList::at(std::string_view packed, std::size_t index) noexcept {
  const char* at = items(packed);
  for (; index > 0; --index) at += item_size(at);
  return at;
}

void PackedList::push(End end, std::span<const std::string_view> texts, std::size_t bytes) {
  const bool is_new = cell_.packed().empty();
  if (is_new) {
    cell_.splice(0, 0, kHeadBytes + bytes);
    set_head(0, false);
  }
  char* out = cell_.packed_bytes() + kHeadBytes;
  if (end == End::back) {
    if (!is_new) out = cell_.splice(cell_.packed().size(), 0, bytes);
    for (const auto text : texts) out = EncodedItem(text).write(out);
  } else {
    if (!is_new) out = cell_.splice(kHeadBytes, 0, bytes);
    for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
      out = EncodedItem(*text).write(out);
    }
  }
  add_count(static_cast<std::ptrdiff_t>(texts.size()));
}

void PackedList::insert(std::size_t index, const EncodedItem& item) {
  item.write(cell_.splice(offset_of(index), 0, item.size()));
  add_count(1);
}

void PackedList::replace(std::size_t index, const EncodedItem& item) {
  const auto offset = offset_of(index);
  const auto old_bytes = item_size(cell_.packed().data() + offset);
  item.write(cell_.splice(offset, old_bytes, item.size()));
}

void PackedList::erase(std::size_t first, std::size_t count_erased) {
  const char* const begin = at(first);
  const char* stop = begin;
  for (auto i = count_erased; i > 0; --i) stop += item_size(stop);
  const auto offset = static_cast<std::size_t>(begin - cell_.packed().data());
  cell_.splice(offset, static_cast<std::size_t>(stop - begin), 0);
  add_count(-static_cast<std::ptrdiff_t>(count_erased));
}

std::size_t PackedList::remove(End from, std::size_t limit, const EncodedItem& item) {
  const auto matches = [&](const char* at) {
    return item_size(at) == item.size() && item.equals(at);
  };
  std::size_t spared = 0;  // matches before those that go
  if (from == End::back) {
    for (const char* at = items(); at != end(); at += item_size(at)) spared += matches(at) ? 1 : 0;
    spared -= std::min(spared, limit);
  }
  std::size_t removed = 0;
  char* kept = cell_.packed_bytes() + kHeadBytes;
  for (const char* at = items(); at != end();) {
    const auto bytes = item_size(at);
    const bool goes = removed < limit && matches(at) && spared == 0;
    if (goes) {
      ++removed;
    } else {
      if (spared > 0 && matches(at)) --spared;
      if (kept != at) std::memmove(kept, at, bytes);
      kept += bytes;
    }
    at += bytes;
  }
  if (removed == 0) return 0;
  const auto size = static_cast<std::size_t>(kept - cell_.packed().data());
  cell_.splice(size, cell_.packed().size() - size, 0);
  add_count(-static_cast<std::ptrdiff_t>(removed));
  return removed;
}

}  // namespace larder::value
