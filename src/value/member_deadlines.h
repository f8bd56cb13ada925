// When members of a large sorted set expire by themselves: a table of those alone that have a
// deadline, so that a set without any pays a pointer. Members are their texts here.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/function_ref.h"
#include "value/object.h"

namespace larder::value {

class MemberDeadlines {
 public:
  MemberDeadlines() noexcept;
  ~MemberDeadlines();
  MemberDeadlines(const MemberDeadlines& other);
  MemberDeadlines& operator=(const MemberDeadlines&) = delete;

  bool is_empty() const noexcept { return table_ == nullptr; }
  std::size_t memory_bytes() const noexcept;
  // No deadline is earlier; exact but for members forgotten since. kNoDeadline where it is empty.
  base::UnixMs next() const noexcept;

  base::UnixMs of(std::string_view member) const noexcept;   // kNoDeadline where it has none
  void set(std::string_view member, base::UnixMs deadline);  // kNoDeadline: takes it away
  void forget(std::string_view member);

  // Visits members with their deadlines, in no order.
  using DeadlineVisitor = base::FunctionRef<void(std::string_view member, base::UnixMs deadline)>;
  void for_each(DeadlineVisitor visit) const;

  // Forgets members whose deadline is not after `now`, calling `take` with each. Stops after about
  // `steps_max` of them, with next() still not after `now` where there may be more. Returns how
  // many it were.
  using Visitor = base::FunctionRef<void(std::string_view member)>;
  std::size_t take_due(base::UnixMs now, std::size_t steps_max, Visitor take);

 private:
  void drop_if_empty() noexcept;

  std::unique_ptr<Object> table_;  // an ElementTable; null while it would be empty
};

}  // namespace larder::value
