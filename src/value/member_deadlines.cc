#include "value/member_deadlines.h"

#include "base/random.h"
#include "value/element_table.h"

namespace larder::value {

MemberDeadlines::MemberDeadlines() noexcept = default;
MemberDeadlines::~MemberDeadlines() = default;

MemberDeadlines::MemberDeadlines(const MemberDeadlines& other)
    : table_(other.is_empty() ? nullptr : other.table_->clone()) {}

std::size_t MemberDeadlines::memory_bytes() const noexcept {
  return is_empty() ? 0 : table_->memory_bytes();
}

base::UnixMs MemberDeadlines::next() const noexcept {
  return is_empty() ? kNoDeadline : table_->next_deadline();
}

base::UnixMs MemberDeadlines::of(std::string_view member) const noexcept {
  if (is_empty()) return kNoDeadline;
  const auto place = table_->elements()->find(member);
  return place ? place.deadline() : kNoDeadline;
}

void MemberDeadlines::set(std::string_view member, base::UnixMs deadline) {
  if (deadline == kNoDeadline) return forget(member);
  if (is_empty()) {
    const base::KeyHasher hasher(base::secure_random_u64());
    table_ = std::make_unique<ElementTable>(hasher, ElementTable::Kind::keys);
  }
  auto& table = *table_->elements();
  if (const auto place = table.find(member)) {
    table.set_deadline(place, deadline);
  } else {
    table.insert({.key = member, .deadline = deadline});
  }
}

void MemberDeadlines::forget(std::string_view member) {
  if (is_empty()) return;
  auto& table = *table_->elements();
  if (const auto place = table.find(member)) table.erase(place);
  drop_if_empty();
}

void MemberDeadlines::for_each(DeadlineVisitor visit) const {
  if (is_empty()) return;
  table_->elements()->for_each(
      [&](const Element& element) { visit(element.key, element.deadline); });
}

std::size_t MemberDeadlines::take_due(base::UnixMs now, std::size_t steps_max, Visitor take) {
  if (is_empty()) return 0;
  const auto taken = table_->elements()->expire(now, steps_max,
                                                [&](const Element& element) { take(element.key); });
  drop_if_empty();
  return taken;
}

void MemberDeadlines::drop_if_empty() noexcept {
  if (table_->element_count() == 0) table_.reset();
}

}  // namespace larder::value
