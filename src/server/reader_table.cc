#include "server/reader_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/prefetch.h"

namespace larder::server {
namespace {

constexpr std::uint32_t kCapacityMin = 8;

std::uint64_t bit_of(int seat) noexcept { return std::uint64_t{1} << seat; }

std::unique_ptr<char[]> packed_name(std::string_view name) {
  const auto size = static_cast<std::uint32_t>(name.size());
  std::unique_ptr<char[]> packed(new char[sizeof size + name.size()]);
  std::memcpy(packed.get(), &size, sizeof size);
  std::memcpy(packed.get() + sizeof size, name.data(), name.size());
  return packed;
}

std::string_view name_in(const char* packed) noexcept {
  std::uint32_t size = 0;
  std::memcpy(&size, packed, sizeof size);
  return {packed + sizeof size, size};
}

}  // namespace

// --- one segment ---

std::size_t ReaderTable::Segment::find(std::uint64_t hash) const noexcept {
  auto at = home(hash);
  while (slots[at].readers != 0 && slots[at].hash != hash) at = next(at);
  return at;
}

void ReaderTable::Segment::resize(std::uint32_t new_capacity) {
  Segment resized;
  resized.capacity = new_capacity;
  resized.size = size;
  resized.slots = std::make_unique<Slot[]>(new_capacity);
  resized.names = std::make_unique<std::unique_ptr<char[]>[]>(new_capacity);
  for (std::size_t i = 0; i < capacity; ++i) {
    if (slots[i].readers == 0) continue;
    const auto at = resized.find(slots[i].hash);
    resized.slots[at] = slots[i];
    resized.names[at] = std::move(names[i]);
  }
  *this = std::move(resized);
}

// Moves those behind the gap up, whose search would end at it.
void ReaderTable::Segment::erase(std::size_t at) {
  names[at].reset();
  for (auto from = next(at); slots[from].readers != 0; from = next(from)) {
    const auto wanted = home(slots[from].hash);
    const bool may_stay =
        at <= from ? (at < wanted && wanted <= from) : (at < wanted || wanted <= from);
    if (may_stay) continue;
    slots[at] = slots[from];
    names[at] = std::move(names[from]);
    at = from;
  }
  slots[at].readers = 0;
  --size;
}

// --- the table ---

ReaderTable::ReaderTable() = default;
ReaderTable::~ReaderTable() = default;

ReaderTable::Reader ReaderTable::enter(std::uint64_t client) {
  if (segments_.empty()) segments_.resize(std::size_t{1} << kSegmentBits);
  const auto taken = left_ | sweeping_;
  for (int seat = 0; seat < kSeats; ++seat) {
    auto& owner = clients_[static_cast<std::size_t>(seat)];
    if (owner != 0 || (taken & bit_of(seat)) != 0) continue;
    owner = client;
    return {client, seat};
  }
  return {client, kNoSeat};
}

void ReaderTable::leave(const Reader& reader) {
  if (reader.seat == kNoSeat) return;
  clients_[static_cast<std::size_t>(reader.seat)] = 0;
  if (keys_ != 0) left_ |= bit_of(reader.seat);
}

void ReaderTable::prefetch(std::uint64_t hash) const noexcept {
  const auto& segment = segments_[segment_of(hash)];
  if (segment.capacity != 0) base::prefetch(&segment.slots[segment.home(hash)]);
}

void ReaderTable::add(const keyspace::Key& key, const Reader& reader) {
  auto& segment = segments_[segment_of(key.hash)];
  if (segment.size >= segment.capacity / 4 * 3) {
    segment.resize(std::max(kCapacityMin, segment.capacity * 2));
  }
  const auto at = segment.find(key.hash);
  auto& slot = segment.slots[at];
  if (slot.readers == 0) {
    segment.names[at] = packed_name(key.name);
    slot.hash = key.hash;
    ++segment.size;
    ++keys_;
  }
  if (reader.seat == kNoSeat) {
    slot.readers |= kMoreReaders;
    auto& more = more_[key.hash];
    if (std::find(more.begin(), more.end(), reader.client) != more.end()) return;
    more.push_back(reader.client);
    ++items_;
    return;
  }
  const auto bit = bit_of(reader.seat);
  if ((slot.readers & bit) == 0) ++items_;
  slot.readers |= bit;
}

std::vector<std::uint64_t> ReaderTable::take_readers(Segment& segment, std::size_t at) {
  const auto slot = segment.slots[at];
  std::vector<std::uint64_t> readers;
  if ((slot.readers & kMoreReaders) != 0) readers = std::move(more_.extract(slot.hash).mapped());
  auto bits = slot.readers & ~kMoreReaders;
  items_ -= readers.size() + static_cast<std::size_t>(std::popcount(bits));
  for (; bits != 0; bits &= bits - 1) {
    const auto client = clients_[static_cast<std::size_t>(std::countr_zero(bits))];
    if (client != 0) readers.push_back(client);
  }
  segment.erase(at);
  --keys_;
  return readers;
}

std::vector<std::uint64_t> ReaderTable::take(std::uint64_t hash) {
  if (keys_ == 0) return {};
  auto& segment = segments_[segment_of(hash)];
  if (segment.size == 0) return {};
  const auto at = segment.find(hash);
  if (segment.slots[at].readers == 0) return {};
  return take_readers(segment, at);
}

ReaderTable::Forgotten ReaderTable::take_any(std::uint64_t random) {
  CHECK(keys_ != 0);
  auto index = segment_of(random);
  while (segments_[index].size == 0) index = (index + 1) % segments_.size();
  auto& segment = segments_[index];
  auto at = segment.home(random);
  while (segment.slots[at].readers == 0) at = segment.next(at);
  Forgotten forgotten{std::string(name_in(segment.names[at].get())), {}};
  forgotten.readers = take_readers(segment, at);
  return forgotten;
}

void ReaderTable::clear() {
  keys_ = items_ = 0;
  more_.clear();
  for (auto& segment : segments_) {
    if (segment.capacity != 0) garbage_.push_back(std::exchange(segment, {}));
  }
}

// --- in steps ---

void ReaderTable::sweep(std::size_t slots_max) {
  std::size_t done = 0;
  while (done < slots_max && !garbage_.empty()) {
    done += garbage_.back().capacity;
    garbage_.pop_back();
  }
  if (sweeping_ == 0) {
    sweeping_ = std::exchange(left_, 0);
    next_to_sweep_ = 0;
  }
  while (done < slots_max && sweeping_ != 0) {
    auto& segment = segments_[next_to_sweep_];
    done += segment.capacity + 1;
    if (segment.size != 0) forget_bits(segment, sweeping_);
    if (++next_to_sweep_ == segments_.size()) sweeping_ = 0;
  }
}

void ReaderTable::forget_bits(Segment& segment, std::uint64_t bits) {
  const auto size_before = segment.size;
  for (std::size_t i = 0; i < segment.capacity; ++i) {
    auto& slot = segment.slots[i];
    if ((slot.readers & bits) == 0) continue;
    items_ -= static_cast<std::size_t>(std::popcount(slot.readers & bits));
    slot.readers &= ~bits;
    if (slot.readers != 0) continue;
    segment.names[i].reset();
    --segment.size;
    --keys_;
  }
  if (segment.size == size_before) return;
  if (segment.size == 0) {
    segment = {};
  } else {
    segment.resize(std::max(kCapacityMin, std::bit_ceil(segment.size * 2)));
  }
}

}  // namespace larder::server
