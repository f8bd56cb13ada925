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
  const auto keys = store->table.size();
  enqueue({.store = std::move(store), .object = nullptr}, keys);
}

void BackgroundFree::free(std::unique_ptr<value::Object> object) {
  enqueue({.store = nullptr, .object = std::move(object)}, 1);
}

void BackgroundFree::enqueue(Garbage garbage, std::size_t keys) {
  pending_.fetch_add(keys, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(garbage));
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
    auto garbage = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const auto keys = garbage.store == nullptr ? 1 : garbage.store->table.size();
    garbage = {};
    while (pool_.purge(kRegionsAtOnce)) {
    }
    pending_.fetch_sub(keys, std::memory_order_relaxed);
    freed_.fetch_add(keys, std::memory_order_relaxed);
    lock.lock();
  }
}

}  // namespace larder::keyspace
