#include "keyspace/regions.h"

#include <sys/mman.h>

#include <algorithm>

#include "base/check.h"
#include "keyspace/poison.h"

namespace larder::keyspace {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr std::size_t kReservedBytesMax = std::size_t{1} << 36;  // its shadow leaves little space
#else
constexpr std::size_t kReservedBytesMax = std::size_t{8} << RegionPool::kHandleBits;
#endif
constexpr std::size_t kReservedBytesMin = std::size_t{1} << 26;
constexpr std::size_t kCommitBytesMin = std::size_t{1} << 20;
constexpr std::size_t kCommitBytesMax = std::size_t{1} << 26;
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kSpareBytesMin = std::size_t{1} << 20;

std::size_t info_bytes(std::size_t regions) {
  return (regions * sizeof(Region) + kPageBytes - 1) / kPageBytes * kPageBytes;
}

std::byte* reserve_bytes(std::size_t bytes) {
  void* at = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : static_cast<std::byte*>(at);
}

void make_writable(void* from, std::size_t bytes) {
  CHECK(::mprotect(from, bytes, PROT_READ | PROT_WRITE) == 0, "no memory for entries");
}

}  // namespace

RegionPool::RegionPool(unsigned region_bits) : region_bits_(region_bits) { reserve(); }

RegionPool::~RegionPool() {
  unpoison(base_, bytes_of(committed_));
  ::munmap(base_, reserved_bytes());
  ::munmap(infos_, info_bytes(reserved_));
}

// A limit on address space (RLIMIT_AS) refuses the whole: then half of what it allows is taken,
// since everything else needs address space too.
void RegionPool::reserve() {
  auto bytes = kReservedBytesMax;
  while ((base_ = reserve_bytes(bytes)) == nullptr && bytes > kReservedBytesMin) bytes /= 2;
  CHECK(base_ != nullptr, "no address space for entries");
  if (bytes < kReservedBytesMax && bytes > kReservedBytesMin) {
    ::munmap(base_ + bytes / 2, bytes / 2);
    bytes /= 2;
  }
  // Sparse access to small blocks gains little from huge pages, and a page given back must be one's
  // own.
  ::madvise(base_, bytes, MADV_NOHUGEPAGE);
  reserved_ = bytes >> region_bits_;
  infos_ = reinterpret_cast<Region*>(reserve_bytes(info_bytes(reserved_)));
  CHECK(infos_ != nullptr, "no address space for entries");
}

void RegionPool::commit_more() {
  const auto wanted = std::clamp(bytes_of(committed_) / 4, kCommitBytesMin, kCommitBytesMax);
  const auto count = std::min(wanted >> region_bits_, reserved_ - committed_);
  CHECK(count > 0, "the address space for entries is used up");
  make_writable(base_ + bytes_of(committed_), bytes_of(count));
  make_writable(infos_, info_bytes(committed_ + count));
  committed_ += count;
}

std::uint32_t RegionPool::take() {
  const std::scoped_lock lock(mutex_);
  ++taken_;
  for (auto* list : {&spare_, &purged_}) {
    if (list->empty()) continue;
    const auto region = list->back();
    list->pop_back();
    return region;
  }
  while (fresh_ >= committed_) commit_more();
  return static_cast<std::uint32_t>(fresh_++);
}

void RegionPool::give_back(std::span<const std::uint32_t> regions) {
  const std::scoped_lock lock(mutex_);
  taken_ -= regions.size();
  spare_.insert(spare_.end(), regions.begin(), regions.end());
}

std::size_t RegionPool::keep_spare() const noexcept {
  return std::max(std::min(kSpareBytesMin >> region_bits_, taken_ / 4), taken_ / 64);
}

bool RegionPool::purge(std::size_t regions_max) {
  std::vector<std::uint32_t> batch;
  bool more = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto keep = keep_spare();
    if (spare_.size() <= keep) return false;
    const auto excess = spare_.size() - keep;
    const auto count = std::min(excess, regions_max);
    batch.assign(spare_.end() - static_cast<std::ptrdiff_t>(count), spare_.end());
    spare_.resize(spare_.size() - count);
    more = excess > count;
  }
  for (const auto region : batch) {
    ::madvise(base_ + bytes_of(region), bytes_of(1), MADV_DONTNEED);
  }
  const std::scoped_lock lock(mutex_);
  purged_.insert(purged_.end(), batch.begin(), batch.end());
  return more;
}

std::size_t RegionPool::held_bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_of(taken_ + spare_.size());
}

}  // namespace larder::keyspace
