#include "value/stream_group.h"

#include <algorithm>
#include <unordered_map>

namespace larder::value {
namespace {

std::size_t bytes_of(const std::string& text) noexcept {
  constexpr std::size_t kInside = 15;
  return text.capacity() > kInside ? text.capacity() + 1 : 0;
}

}  // namespace

Consumer::Consumer(std::string_view name, base::UnixMs now, std::size_t& bytes)
    : seen_ms(now), name_(name), pending_(bytes), bytes_(bytes) {
  bytes_ += sizeof(Consumer) + sizeof(Consumer*) + bytes_of(name_);
}

Consumer::~Consumer() { bytes_ -= sizeof(Consumer) + sizeof(Consumer*) + bytes_of(name_); }

ConsumerGroup::ConsumerGroup(std::string_view name, std::size_t& bytes)
    : name_(name), pending_(bytes), bytes_(bytes) {
  bytes_ += sizeof(ConsumerGroup) + sizeof(ConsumerGroup*) + bytes_of(name_);
}

ConsumerGroup::~ConsumerGroup() {
  bytes_ -= sizeof(ConsumerGroup) + sizeof(ConsumerGroup*) + bytes_of(name_);
}

std::unique_ptr<ConsumerGroup> ConsumerGroup::clone(std::size_t& bytes) const {
  auto copy = std::make_unique<ConsumerGroup>(name_, bytes);
  copy->last_delivered = last_delivered;
  copy->entries_read = entries_read;
  std::unordered_map<const Consumer*, Consumer*> copies{{nullptr, nullptr}};
  for (const auto& consumer : consumers_) {
    auto& twin = *copy->consumers_.emplace_back(
        std::make_unique<Consumer>(consumer->name_, consumer->seen_ms, bytes));
    twin.active_ms = consumer->active_ms;
    twin.pending_.copy_from(consumer->pending_);
    copies.emplace(consumer.get(), &twin);
  }
  copy->pending_.copy_from(pending_);
  auto& pending = copy->pending_;
  for (auto at = pending.begin(); at != pending.end(); at = pending.next(at)) {
    pending[at].owner = copies.find(pending[at].owner)->second;
  }
  return copy;
}

ConsumerGroup::Consumers::iterator ConsumerGroup::position_of(std::string_view name) noexcept {
  return std::partition_point(consumers_.begin(), consumers_.end(),
                              [&](const auto& each) { return each->name() < name; });
}

Consumer* ConsumerGroup::find_consumer(std::string_view name) noexcept {
  const auto at = position_of(name);
  return at != consumers_.end() && (*at)->name() == name ? at->get() : nullptr;
}

Consumer& ConsumerGroup::create_consumer(std::string_view name, base::UnixMs now) {
  auto created = std::make_unique<Consumer>(name, now, bytes_);
  return **consumers_.insert(position_of(name), std::move(created));
}

void ConsumerGroup::erase_consumer(Consumer& consumer) {
  const auto& marks = consumer.pending_;
  for (auto at = marks.begin(); at != marks.end(); at = marks.next(at)) {
    const auto position = pending_.lower_bound(marks[at].id);
    if (deliveries_) deliveries_->erase({pending_[position].delivered_ms, marks[at].id});
    pending_.erase(position);
  }
  consumers_.erase(position_of(consumer.name()));
}

void ConsumerGroup::set_pending(StreamId id, Consumer* owner, base::UnixMs delivered_ms,
                                std::int64_t deliveries) {
  const auto [pending, is_new] = pending_.insert({.id = id, .owner = owner});
  if (deliveries_) {
    if (!is_new) deliveries_->erase({pending->delivered_ms, id});
    deliveries_->insert({delivered_ms, id});
  }
  if (is_new || pending->owner != owner) {
    if (!is_new && pending->owner != nullptr) pending->owner->pending_.erase(id);
    if (owner != nullptr) owner->pending_.insert({id});
  }
  pending->owner = owner;
  pending->delivered_ms = delivered_ms;
  pending->deliveries = deliveries;
}

bool ConsumerGroup::erase_pending(StreamId id) {
  const auto position = pending_.lower_bound(id);
  if (position == pending_.end() || pending_[position].id != id) return false;
  const auto& pending = pending_[position];
  if (pending.owner != nullptr) pending.owner->pending_.erase(id);
  if (deliveries_) deliveries_->erase({pending.delivered_ms, id});
  pending_.erase(position);
  return true;
}

ConsumerGroup::Deliveries& ConsumerGroup::deliveries() {
  if (deliveries_) return *deliveries_;
  std::vector<Delivery> all;
  all.reserve(pending_.size());
  for (auto at = pending_.begin(); at != pending_.end(); at = pending_.next(at)) {
    all.push_back({pending_[at].delivered_ms, pending_[at].id});
  }
  std::sort(all.begin(), all.end());
  deliveries_ = std::make_unique<Deliveries>(bytes_);
  for (const auto& each : all) deliveries_->push_back(each);
  return *deliveries_;
}

std::vector<Pending> ConsumerGroup::delivered_until(base::UnixMs until_ms, std::size_t count_max) {
  std::vector<Pending> found;
  const auto& in_order = deliveries();
  for (auto at = in_order.begin(); at != in_order.end() && found.size() < count_max;
       at = in_order.next(at)) {
    if (in_order[at].ms > until_ms) break;
    found.push_back(*pending_.find(in_order[at].id));
  }
  return found;
}

std::optional<base::UnixMs> ConsumerGroup::first_delivery() {
  if (pending_.empty()) return std::nullopt;
  return deliveries().front().ms;
}

}  // namespace larder::value
