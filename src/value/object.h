// A value too large to be packed into its entry's block: what the entry then points to. Each type
// of collection derives its own large form from this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "base/clock.h"

namespace larder::value {

class ElementTable;
class MemoryMover;

// The deadline of an element that has none.
inline constexpr base::UnixMs kNoDeadline = std::numeric_limits<base::UnixMs>::max();

class Object {
 public:
  // What the database counts of memory_bytes() where it keeps accounts by part.
  std::size_t charged_bytes = 0;

  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() =
      default;  // Thread: may run on the thread that frees, once nothing else uses it

  virtual std::unique_ptr<Object> clone() const = 0;

  // What the allocator spends on it, in constant time.
  virtual std::size_t memory_bytes() const noexcept = 0;

  // Elements (fields, members, items), those past their own deadline among them. Says how long it
  // takes to destroy.
  virtual std::size_t element_count() const noexcept = 0;

  // Asks for memory that a command reads which is about `element` (empty: about none), in steps
  // each of which reads what the one before has asked for; the first one reads the object itself.
  static constexpr unsigned kPrefetchSteps = 2;
  virtual void prefetch(std::string_view /*element*/, unsigned /*step*/) const noexcept {}

  // This as the table of elements that large hashes and most large sets are; nullptr where it is
  // another form.
  virtual ElementTable* elements() noexcept { return nullptr; }

  // No element has an earlier deadline of its own than this; kNoDeadline where none has one. In
  // constant time.
  virtual base::UnixMs next_deadline() const noexcept { return kNoDeadline; }

  // Has the pieces of memory that it is made of moved, itself aside, from `position` on until the
  // mover has had enough; returns the position to go on from, 0 at the end. Any position is a valid
  // one, whatever was changed in between.
  virtual std::uint64_t move_memory(std::uint64_t /*position*/, MemoryMover& /*mover*/) {
    return 0;
  }
};

}  // namespace larder::value
