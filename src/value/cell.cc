#include "value/cell.h"

#include <cstring>
#include <utility>

#include "base/check.h"

namespace larder::value {

char* Cell::splice(std::size_t at, std::size_t removed, std::size_t inserted) {
  const auto old_size = size_;
  const auto new_size = old_size - removed + inserted;
  const auto tail = old_size - at - removed;
  CHECK(object_ == nullptr && has_room_for(new_size), "a packed collection grows too large");
  if (inserted < removed) std::memmove(bytes_ + at + inserted, bytes_ + at + removed, tail);
  if (new_size != old_size) bytes_ = resize(new_size);
  if (inserted > removed) std::memmove(bytes_ + at + inserted, bytes_ + at + removed, tail);
  size_ = new_size;
  return bytes_ + at;
}

void Cell::become(std::unique_ptr<Object> object) {
  auto* kept = object.release();
  keep(kept);
  object_ = kept;
  bytes_ = nullptr;
  size_ = 0;
}

char* Cell::pack(std::size_t size) {
  CHECK(object_ != nullptr && has_room_for(size),
        "packing an object that is not there or too large");
  bytes_ = replace_object(size);
  size_ = size;
  object_ = nullptr;
  return bytes_;
}

FreeCell::FreeCell(FreeCell&& other) noexcept : storage_(std::move(other.storage_)) {
  size_ = std::exchange(other.size_, 0);
  bytes_ = storage_.data();
  object_ = std::exchange(other.object_, nullptr);
  other.bytes_ = nullptr;
}

std::unique_ptr<Object> FreeCell::take_object() noexcept {
  return std::unique_ptr<Object>(std::exchange(object_, nullptr));
}

char* FreeCell::resize(std::size_t size) {
  storage_.resize(size);
  return storage_.data();
}

void FreeCell::keep(Object* object) {
  if (object != object_) delete object_;
  storage_.clear();
}

char* FreeCell::replace_object(std::size_t size) {
  delete object_;
  return resize(size);
}

}  // namespace larder::value
