#include "server/output_queue.h"

#include <algorithm>

#include "server/limits.h"

namespace larder::server {

// A short run grows, so that a few bytes take little; a long one is followed by another.
void OutputQueue::append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (runs_.empty() || runs_.back().size() >= limits::kOutputRunBytes) runs_.emplace_back();
    auto& last = runs_.back();
    const auto before = last.capacity();
    const auto wanted = last.size() + bytes.size();
    if (last.empty() || wanted <= limits::kOutputRunBytes) {
      last.prepare(bytes.size());
    } else {
      last.reserve(limits::kOutputRunBytes);
    }
    const auto taken = std::min(bytes.size(), last.space());
    last.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    capacity_ += last.capacity() - before;
  }
}

void OutputQueue::consume(std::size_t bytes) {
  size_ -= bytes;
  sent_ += bytes;
  if (sent_ == runs_[first_].size()) drop_front();
}

void OutputQueue::drop_front() noexcept {
  sent_ = 0;
  auto& run = runs_[first_];
  if (size_ == 0 && run.capacity() <= limits::kOwnBufferBytes) {
    run.clear();
    run.swap(runs_.front());
    runs_.resize(1);  // a small run is kept for what comes next
    first_ = 0;
    return;
  }
  capacity_ -= run.capacity();
  run.release();
  ++first_;
  if (first_ == runs_.size()) {
    release();
    first_ = 0;
  } else if (first_ > runs_.size() / 2) {
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void OutputQueue::release() noexcept {
  std::vector<base::ByteBuffer>().swap(runs_);
  capacity_ = 0;
}

}  // namespace larder::server
