// A set of integers too large to be packed into its entry: sorted, in one growing array. Insertion
// moves what comes after, so that it is meant for some thousands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "value/integer_run.h"
#include "value/object.h"

namespace larder::value {

class IntegerArray final : public Object {
 public:
  explicit IntegerArray(const IntegerRun& content);
  ~IntegerArray() override;

  IntegerRun run() const noexcept { return {bytes_, count_, width_}; }

  bool insert(std::int64_t integer);  // false where it is there
  bool erase(std::int64_t integer);   // false where it is not

  // Removes those for which drops(integer) holds, in one pass.
  template <class Drops>
  void remove_if(Drops drops) {
    const auto old = run();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < old.size(); ++i) {
      const auto integer = old[i];
      if (!drops(integer)) IntegerRun::store(bytes_ + kept++ * width_, integer, width_);
    }
    count_ = kept;
    reserve(kept * width_);
  }

  std::unique_ptr<Object> clone() const override { return std::make_unique<IntegerArray>(run()); }
  std::size_t memory_bytes() const noexcept override;
  std::size_t element_count() const noexcept override { return count_; }
  std::uint64_t move_memory(std::uint64_t position, MemoryMover& mover) override;

 private:
  void reserve(std::size_t bytes);

  char* bytes_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_bytes_ = 0;
  unsigned width_ = 1;
};

}  // namespace larder::value
