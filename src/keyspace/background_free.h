// A thread that frees the contents of emptied databases, so that FLUSHALL ASYNC answers at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "keyspace/store.h"

namespace larder::keyspace {

// Thread: used by its owner's; the thread of its own starts with the first use and ends, with
// everything freed, in the destructor.
class BackgroundFree {
 public:
  explicit BackgroundFree(RegionPool& pool) noexcept : pool_(pool) {}
  ~BackgroundFree();
  BackgroundFree(const BackgroundFree&) = delete;
  BackgroundFree& operator=(const BackgroundFree&) = delete;

  void free(std::unique_ptr<Store> store);

  std::uint64_t pending_objects() const noexcept {
    return pending_.load(std::memory_order_relaxed);
  }
  std::uint64_t freed_objects() const noexcept { return freed_.load(std::memory_order_relaxed); }

 private:
  void run();

  RegionPool& pool_;
  std::atomic<std::uint64_t> pending_ = 0;
  std::atomic<std::uint64_t> freed_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Store>> queue_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace larder::keyspace
