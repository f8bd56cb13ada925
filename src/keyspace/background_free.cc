#include "keyspace/background_free.h"

#if defined(LARDER_JEMALLOC)
#include <jemalloc/jemalloc.h>
#endif

#include <utility>

#include "base/threads.h"

namespace larder::keyspace {

BackgroundFree::~BackgroundFree() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void BackgroundFree::free(std::unique_ptr<Store> store) {
  store->arena.disown();
  store->values.disown();
  const auto keys = store->table.size();
  const auto bytes = store->table.memory_bytes() + store->outside_bytes;
  enqueue({.store = std::move(store), .keys = keys, .bytes = bytes});
}

void BackgroundFree::free(std::unique_ptr<value::Object> object) {
  const auto bytes = object->memory_bytes();
  enqueue({.object = std::move(object), .keys = 1, .bytes = bytes});
}

void BackgroundFree::free(Ghosts ghosts) {
  const auto bytes = ghosts.memory_bytes();
  enqueue({.ghosts = std::move(ghosts), .bytes = bytes});
}

void BackgroundFree::enqueue(Garbage garbage) {
  pending_bytes_.fetch_add(garbage.bytes, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex_);
    pending_ += garbage.keys;
    queue_.push_back(std::move(garbage));
  }
  if (!thread_.joinable()) {
    thread_ = base::start_background_thread(
        "larder-free", [this] { run(); }, base::Urgency::lowest);
  }
  changed_.notify_one();
}

namespace {

// What the allocator keeps at hand for this thread, which never allocates: all of it shares pages
// with memory that is in use.
void give_back_kept() noexcept {
#if defined(LARDER_JEMALLOC)
  ::mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
#endif
}

}  // namespace

void BackgroundFree::run() {
  constexpr std::size_t kRegionsAtOnce = 64;
  constexpr std::size_t kValueRegionsAtOnce = 4;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto garbage = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const auto keys = garbage.keys;
    const auto bytes = garbage.bytes;
    garbage = {};
    give_back_kept();
    pending_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    while (pool_.purge(kRegionsAtOnce) || value_pool_.purge(kValueRegionsAtOnce)) {
    }
    freed_.fetch_add(keys, std::memory_order_relaxed);  // before it is no longer pending
    lock.lock();
    pending_ -= keys;
  }
}

}  // namespace larder::keyspace
