#include "value/stream_node.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.h"

namespace larder::value {
namespace {

constexpr unsigned char kSharesNames = 1;
constexpr unsigned char kDeleted = 2;
constexpr unsigned char kLong = 4;
constexpr unsigned char kSameMs = 8;
constexpr unsigned char kZeroSeq = 16;

constexpr std::size_t kNumberBytesMax = 10;   // LEB128 of 64 bits
constexpr std::size_t kItemHeadBytesMax = 5;  // an integer never takes more than its text and 1
constexpr std::size_t kEntryHeadBytesMax = 1 + 4 + 3 * kNumberBytesMax;

char* write_number(char* at, std::uint64_t number) noexcept {
  while (number >= 0x80) {
    *at++ = static_cast<char>(number | 0x80);
    number >>= 7;
  }
  *at++ = static_cast<char>(number);
  return at;
}

std::uint64_t read_number_at(const char*& at) noexcept {
  std::uint64_t number = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

// The most that the texts take as items.
std::size_t items_bytes_max(FieldTexts texts) noexcept {
  std::size_t bytes = 0;
  for (const auto& text : texts) bytes += kItemHeadBytesMax + text.size();
  return bytes;
}

bool is_text(const Item& item, std::string_view text) noexcept {
  base::IntegerText scratch;
  return item.text(scratch) == text;
}

// The lengths in front of bodies: how far the bytes behind them reach.
char* skip_length(char* flags_at) noexcept {
  return flags_at + ((static_cast<unsigned char>(*flags_at) & kLong) != 0 ? 5 : 3);
}
void write_length(char* flags_at, std::size_t length) noexcept {
  if ((static_cast<unsigned char>(*flags_at) & kLong) != 0) {
    const auto wide = static_cast<std::uint32_t>(length);
    std::memcpy(flags_at + 1, &wide, sizeof wide);
  } else {
    const auto narrow = static_cast<std::uint16_t>(length);
    std::memcpy(flags_at + 1, &narrow, sizeof narrow);
  }
}
std::uint32_t read_length(const char*& at, bool is_long) noexcept {
  if (is_long) {
    std::uint32_t length = 0;
    std::memcpy(&length, at, sizeof length);
    at += sizeof length;
    return length;
  }
  std::uint16_t length = 0;
  std::memcpy(&length, at, sizeof length);
  at += sizeof length;
  return length;
}

}  // namespace

std::size_t StreamNode::bytes_for(FieldTexts fields) noexcept {
  return kEntryHeadBytesMax + items_bytes_max(fields);
}

StreamNode* StreamNode::reallocate(StreamNode* node, std::size_t payload) {
  auto* memory = std::realloc(static_cast<void*>(node), sizeof(StreamNode) + payload);
  CHECK(memory != nullptr, "out of memory for a stream");
  const auto usable = ::malloc_usable_size(memory) - sizeof(StreamNode);
  auto* moved = node == nullptr ? new (memory) StreamNode({}, 0) : static_cast<StreamNode*>(memory);
  moved->capacity_ = static_cast<std::uint32_t>(std::min<std::size_t>(usable, UINT32_MAX));
  return moved;
}

StreamNode* StreamNode::make(StreamId first, FieldTexts fields) {
  std::size_t names_bytes = kNumberBytesMax;
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    names_bytes += kItemHeadBytesMax + fields[i].size();
  }
  auto* node = reallocate(nullptr, names_bytes + bytes_for(fields));
  node->base_ = first;
  char* at = write_number(node->payload(), fields.size() / 2);
  for (std::size_t i = 0; i < fields.size(); i += 2) at = EncodedItem(fields[i]).write(at);
  node->used_ = static_cast<std::uint32_t>(at - node->payload());
  node->first_ = node->used_;
  return node;
}

StreamNode* StreamNode::copy(const StreamNode& other) {
  auto* node = reallocate(nullptr, other.used_);
  const auto capacity = node->capacity_;
  std::memcpy(static_cast<void*>(node), &other, sizeof(StreamNode) + other.used_);
  node->capacity_ = capacity;
  return node;
}

void StreamNode::destroy(StreamNode* node) noexcept { std::free(static_cast<void*>(node)); }

std::size_t StreamNode::memory_bytes() const noexcept { return sizeof(StreamNode) + capacity_; }

StreamNode* StreamNode::shrink(StreamNode* node) {
  constexpr std::uint32_t kWorthwhile = 64;
  if (node->capacity_ - node->used_ < kWorthwhile) return node;
  return reallocate(node, node->used_);
}

bool StreamNode::has_names_of(FieldTexts fields) const noexcept {
  const char* at = payload();
  if (read_number_at(at) != fields.size() / 2) return false;
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    if (!is_text(read_item(at), fields[i])) return false;
  }
  return true;
}

StreamNode* StreamNode::append(StreamNode* node, StreamId id, FieldTexts fields,
                               std::size_t bytes_max) {
  const auto entry_bytes_max = bytes_for(fields);
  if (node->capacity_ - node->used_ < entry_bytes_max) {
    const auto needed = node->used_ + entry_bytes_max;
    const auto wanted =
        std::min(needed + needed / 2, bytes_max - std::min(bytes_max, sizeof(StreamNode)));
    node = reallocate(node, std::max(needed, wanted));
  }

  char* const begin = node->payload() + node->used_;
  const bool shares_names = node->has_names_of(fields);
  unsigned char flags = shares_names ? kSharesNames : 0;
  if (entry_bytes_max > UINT16_MAX) flags |= kLong;
  if (id.ms == node->base_.ms) flags |= kSameMs;
  if (id.seq == 0) flags |= kZeroSeq;
  *begin = static_cast<char>(flags);

  char* const body = skip_length(begin);
  char* at = body;
  if ((flags & kSameMs) == 0) at = write_number(at, id.ms - node->base_.ms);
  if ((flags & kZeroSeq) == 0) {
    at = write_number(at, (flags & kSameMs) != 0 ? id.seq - node->base_.seq : id.seq);
  }
  if (!shares_names) at = write_number(at, fields.size() / 2);
  for (std::size_t i = shares_names ? 1 : 0; i < fields.size(); i += shares_names ? 2 : 1) {
    at = EncodedItem(fields[i]).write(at);
  }
  write_length(begin, static_cast<std::size_t>(at - body));

  node->last_ = node->used_;
  node->used_ = static_cast<std::uint32_t>(at - node->payload());
  ++node->live_;
  ++node->all_;
  return node;
}

StreamEntry StreamNode::entry_at(std::uint32_t offset) const noexcept {
  const char* at = payload() + offset;
  const auto flags = static_cast<unsigned char>(*at++);
  const auto length = read_length(at, (flags & kLong) != 0);
  StreamEntry entry;
  entry.offset = offset;
  entry.end = static_cast<std::uint32_t>(at - payload()) + length;
  entry.shares_names = (flags & kSharesNames) != 0;
  entry.is_deleted = (flags & kDeleted) != 0;
  const bool same_ms = (flags & kSameMs) != 0;
  entry.id.ms = base_.ms + (same_ms ? 0 : read_number_at(at));
  if ((flags & kZeroSeq) == 0) entry.id.seq = (same_ms ? base_.seq : 0) + read_number_at(at);
  entry.body = at;
  return entry;
}

StreamEntry StreamNode::find(StreamId id) const noexcept {
  auto offset = first_;
  while (offset != used_) {
    const auto entry = entry_at(offset);
    if (entry.id >= id) return entry;
    offset = entry.end;
  }
  StreamEntry none;
  none.offset = used_;
  none.end = used_;
  return none;
}

void StreamNode::erase(const StreamEntry& entry) noexcept {
  char& flags = payload()[entry.offset];
  flags = static_cast<char>(static_cast<unsigned char>(flags) | kDeleted);
  --live_;
  while (first_ != used_) {
    const auto first = entry_at(first_);
    if (!first.is_deleted) return;
    first_ = first.end;
  }
}

StreamFields::StreamFields(const StreamNode& node, const StreamEntry& entry) noexcept
    : names_(node.payload()), body_(entry.body), shares_names_(entry.shares_names) {
  count_ = read_number_at(names_);
  if (!shares_names_) count_ = read_number_at(body_);
}

}  // namespace larder::value
