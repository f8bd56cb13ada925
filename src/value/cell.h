// Where a collection is kept: packed into a few bytes, or as an object of its own. The types of
// collections work on this interface; whether the bytes lie in a database's block or apart from any
// database is the business of those who derive from it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "value/object.h"

namespace larder::value {

// What fits into a block beside any key. A collection that needs more becomes an object.
inline constexpr std::size_t kPackedBytesMax = 752;

class Cell {
 public:
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;
  virtual ~Cell() = default;

  // The packed bytes; empty where the value is an object or new. Valid until the next change.
  std::string_view packed() const noexcept { return {bytes_, size_}; }
  char* packed_bytes() noexcept { return bytes_; }     // to overwrite in place
  Object* object() const noexcept { return object_; }  // nullptr while packed

  static bool has_room_for(std::size_t packed_bytes) noexcept {
    return packed_bytes <= kPackedBytesMax;
  }

  // Replaces `removed` packed bytes at `at` by `inserted` undefined ones, and returns where these
  // begin. REQUIRES: packed, and has_room_for what results.
  char* splice(std::size_t at, std::size_t removed, std::size_t inserted);

  // Replaces the packed bytes, or the object that is there, by `object`.
  void become(std::unique_ptr<Object> object);

  // Replaces the object by `size` undefined packed bytes and returns them. REQUIRES: an object is
  // there, and has_room_for(size).
  char* pack(std::size_t size);

  // To be told after each change of the next deadline of an element (kNoDeadline where there is
  // none), so that a database finds what expires.
  virtual void next_deadline_moved(base::UnixMs /*from*/, base::UnixMs /*to*/) {}

 protected:
  Cell() = default;

  // Changes the length of the packed bytes, keeping as many of the first ones as there are in both.
  virtual char* resize(std::size_t size) = 0;
  // Drops what is kept and keeps `object`.
  virtual void keep(Object* object) = 0;
  // Drops the object and makes room for packed bytes.
  virtual char* replace_object(std::size_t size) = 0;

  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  Object* object_ = nullptr;
};

// A collection that belongs to no database: a result on its way to one, or a value being decoded.
class FreeCell final : public Cell {
 public:
  FreeCell() = default;
  FreeCell(FreeCell&& other) noexcept;
  FreeCell& operator=(FreeCell&&) = delete;
  ~FreeCell() override { delete object_; }

  std::unique_ptr<Object> take_object() noexcept;

 private:
  char* resize(std::size_t size) override;
  void keep(Object* object) override;
  char* replace_object(std::size_t size) override;

  std::string storage_;
};

}  // namespace larder::value
