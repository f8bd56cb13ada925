#include "keyspace/background_free.h"

#include <utility>

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
  pending_.fetch_add(store->table.size(), std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(store));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_one();
}

void BackgroundFree::run() {
  constexpr std::size_t kRegionsAtOnce = 64;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto store = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const auto objects = store->table.size();
    store.reset();
    while (pool_.purge(kRegionsAtOnce)) {
    }
    pending_.fetch_sub(objects, std::memory_order_relaxed);
    freed_.fetch_add(objects, std::memory_order_relaxed);
    lock.lock();
  }
}

}  // namespace larder::keyspace
