#include "value/stream_producers.h"

namespace larder::value {
namespace {

// A node of a hash map with its bucket and its share of the queue, as the allocator rounds them.
constexpr std::size_t kRequestBytes = 96;
constexpr std::size_t kProducerBytes = 768;  // an empty deque takes most of it

}  // namespace

Producers::Producers(std::size_t& bytes) : bytes_(bytes) { bytes_ += sizeof(Producers); }

Producers::~Producers() { bytes_ -= sizeof(Producers) + counted_bytes_; }

void Producers::copy_from(const Producers& other) {
  limits_ = other.limits_;
  for (const auto& [name, producer] : other.producers_) {
    auto& copy = make(name);
    for (const auto* request : producer.in_order) insert(copy, request->first, request->second);
  }
  added_ = other.added_;
  duplicates_ = other.duplicates_;
}

void Producers::forget_all() noexcept {
  producers_.clear();
  to_look_at_.clear();
  request_count_ = 0;
  bytes_ -= counted_bytes_;
  counted_bytes_ = 0;
}

std::optional<StreamId> Producers::find(std::string_view producer, std::string_view request,
                                        base::UnixMs now) {
  const auto found = producers_.find(std::string(producer));
  if (found == producers_.end()) return std::nullopt;
  expire(found->second, now);
  const auto known = found->second.requests.find(std::string(request));
  if (known == found->second.requests.end()) return std::nullopt;
  ++duplicates_;
  return known->second.id;
}

void Producers::add(std::string_view producer, std::string_view request, StreamId id,
                    base::UnixMs now) {
  look_at_one(now);
  auto& known = make(producer);
  while (known.in_order.size() >= static_cast<std::size_t>(limits_.requests_max)) {
    forget_first(known);
  }
  insert(known, request, {id, now});
  ++added_;
}

Producers::Producer& Producers::make(std::string_view name) {
  const auto [found, is_new] = producers_.try_emplace(std::string(name));
  if (is_new) {
    to_look_at_.push_back(&found->first);
    counted_bytes_ += kProducerBytes + name.size();
    bytes_ += kProducerBytes + name.size();
  }
  return found->second;
}

// Producers that never come back would stay for ever, so that each addition looks at one.
void Producers::look_at_one(base::UnixMs now) noexcept {
  if (to_look_at_.empty()) return;
  const auto* name = to_look_at_.front();
  to_look_at_.pop_front();
  const auto found = producers_.find(*name);
  expire(found->second, now);
  if (!found->second.in_order.empty()) {
    to_look_at_.push_back(name);
    return;
  }
  counted_bytes_ -= kProducerBytes + name->size();
  bytes_ -= kProducerBytes + name->size();
  producers_.erase(found);
}

void Producers::insert(Producer& producer, std::string_view request, Added added) {
  const auto at = producer.requests.emplace(request, added).first;
  producer.in_order.push_back(&*at);
  ++request_count_;
  counted_bytes_ += kRequestBytes + request.size();
  bytes_ += kRequestBytes + request.size();
}

void Producers::forget_first(Producer& producer) noexcept {
  const auto* first = producer.in_order.front();
  counted_bytes_ -= kRequestBytes + first->first.size();
  bytes_ -= kRequestBytes + first->first.size();
  producer.in_order.pop_front();
  producer.requests.erase(producer.requests.find(first->first));
  --request_count_;
}

void Producers::expire(Producer& producer, base::UnixMs now) noexcept {
  const auto until = now - limits_.duration_s * 1000;
  while (!producer.in_order.empty() && producer.in_order.front()->second.at_ms <= until) {
    forget_first(producer);
  }
}

}  // namespace larder::value
