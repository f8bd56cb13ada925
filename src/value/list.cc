#include "value/list.h"

#include <array>
#include <cstring>
#include <utility>

#include "value/packed_list.h"

namespace larder::value {
namespace {

// Chunks are packed again at half of what made them chunks, so that a list whose length swings
// does not turn with every command.
constexpr std::size_t kRepackedBytesMax = kPackedBytesMax / 2;

// A listpack's header and end.
constexpr std::size_t kListpackFrameBytes = 7;

}  // namespace

// --- reading

std::size_t ListView::size() const noexcept {
  return chunks_ != nullptr ? chunks_->element_count() : PackedList::count(packed_);
}

bool ListView::is_quicklist() const noexcept {
  return chunks_ != nullptr ? chunks_->is_quicklist : PackedList::is_quicklist(packed_);
}

void ListView::visit(std::size_t first, std::size_t count, End towards, Visitor visit) const {
  if (chunks_ != nullptr) {
    return towards == End::back ? chunks_->visit(first, count, visit)
                                : chunks_->visit_backwards(first, count, visit);
  }
  if (count == 0) return;
  if (towards == End::back) {
    const char* at = PackedList::at(packed_, first);
    for (; count > 0 && visit(at); --count) at += item_size(at);
    return;
  }
  std::array<std::uint16_t, kPackedBytesMax> offsets;  // an item takes a byte at least
  const char* const items = PackedList::items(packed_);
  const char* at = items;
  for (std::size_t i = 0; i <= first; ++i, at += item_size(at)) {
    offsets[i] = static_cast<std::uint16_t>(at - items);
  }
  for (auto i = first; count > 0 && visit(items + offsets[i]); --i) --count;
}

// --- changing

// What a listpack of these items would take. Exact for texts; integers may differ by a byte each.
std::size_t List::listpack_bytes() const noexcept {
  if (cell_.object() != nullptr) return kListpackFrameBytes + chunked()->entry_bytes();
  const auto packed = cell_.packed();
  return kListpackFrameBytes + packed.size() + PackedList::count(packed);
}

bool List::will_be_quicklist(std::span<const std::string_view> texts) const noexcept {
  if (is_quicklist()) return true;
  auto bytes = listpack_bytes();
  for (const auto text : texts) bytes += text.size();
  if (bytes <= ListLimits::kSafeBytes && !limits_.bounds_items()) return false;
  return limits_.exceeded_by(bytes, size() + texts.size());
}

void List::mark_quicklist(bool is_quicklist) noexcept {
  if (cell_.object() != nullptr) {
    chunked()->is_quicklist = is_quicklist;
  } else if (PackedList::is_quicklist(cell_.packed()) != is_quicklist) {
    PackedList(cell_).set_quicklist(is_quicklist);
  }
}

// After a removal: back to what a smaller list is.
void List::shrunk() {
  const auto items = size();
  if (items == 0) return;
  if (is_quicklist() && limits_.readmits(listpack_bytes(), items)) mark_quicklist(false);
  auto* const chunks = chunked();
  if (chunks == nullptr || chunks->entry_bytes() > kRepackedBytesMax) return;
  std::array<char, kRepackedBytesMax> packed;
  char* out = packed.data();
  chunks->visit(0, items, [&](const char* item) {
    const auto bytes = item_size(item);
    std::memcpy(out, item, bytes);
    out += bytes;
    return true;
  });
  const bool was_quicklist = chunks->is_quicklist;
  const auto bytes = static_cast<std::size_t>(out - packed.data());
  std::memcpy(cell_.pack(PackedList::kHeadBytes + bytes) + PackedList::kHeadBytes, packed.data(),
              bytes);
  PackedList(cell_).set_head(items, was_quicklist);
}

ChunkedList& List::unpack() {
  if (cell_.object() == nullptr) {
    auto chunks = std::make_unique<ChunkedList>(limits_.compress_depth());
    const PackedList packed(cell_);
    chunks->is_quicklist = is_quicklist();
    if (!cell_.packed().empty()) {
      for (const char* at = packed.items(); at != packed.end();) {
        const auto item = read_item(at);
        chunks->push(End::back,
                     item.is_integer ? EncodedItem(item.integer) : EncodedItem(item.bytes));
      }
    }
    cell_.become(std::move(chunks));
  }
  return *chunked();
}

void List::push(End end, std::span<const std::string_view> texts) {
  const bool becomes_quicklist = will_be_quicklist(texts);
  if (cell_.object() == nullptr) {
    std::size_t bytes = 0;
    for (const auto text : texts) bytes += EncodedItem(text).size();
    PackedList packed(cell_);
    if (packed.has_room_for(bytes)) {
      packed.push(end, texts, bytes);
      return mark_quicklist(becomes_quicklist);
    }
  }
  auto& chunks = unpack();
  for (const auto text : texts) chunks.push(end, EncodedItem(text));
  chunks.is_quicklist = becomes_quicklist;
}

void List::pop(End end, std::size_t count) {
  if (cell_.object() != nullptr && count == 1) {
    chunked()->pop(end);
    return shrunk();
  }
  erase(end == End::front ? 0 : size() - count, count);
}

void List::erase(std::size_t first, std::size_t count) {
  if (cell_.object() != nullptr) {
    chunked()->erase(first, count);
  } else {
    PackedList(cell_).erase(first, count);
  }
  shrunk();
}

void List::insert(std::size_t index, std::string_view text) {
  if (index == size()) return push(End::back, text);
  const bool becomes_quicklist = will_be_quicklist({&text, 1});
  const EncodedItem item(text);
  if (cell_.object() == nullptr && PackedList(cell_).has_room_for(item.size())) {
    PackedList(cell_).insert(index, item);
  } else {
    unpack().insert(index, item);
  }
  mark_quicklist(becomes_quicklist);
}

void List::replace(std::size_t index, std::string_view text) {
  const bool becomes_quicklist = will_be_quicklist({&text, 1});
  const EncodedItem item(text);
  if (cell_.object() == nullptr && PackedList(cell_).has_room_for(item.size())) {
    PackedList(cell_).replace(index, item);
  } else {
    unpack().replace(index, item);
  }
  mark_quicklist(becomes_quicklist);
  shrunk();
}

std::size_t List::remove(End from, std::size_t limit, std::string_view text) {
  const EncodedItem item(text);
  const auto removed = cell_.object() != nullptr ? chunked()->remove(from, limit, item)
                                                 : PackedList(cell_).remove(from, limit, item);
  if (removed > 0) shrunk();
  return removed;
}

}  // namespace larder::value
