// The bytes of a snapshot that is being loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/crc64.h"
#include "persist/byte_source.h"

namespace larder::persist {

class SnapshotSource : public ByteSource {
 public:
  // Of the bytes taken so far.
  virtual std::uint64_t offset() const noexcept = 0;
  virtual std::uint64_t checksum() const noexcept = 0;

  // How many there are behind those; 0 where it is not known.
  virtual std::uint64_t bytes_left() const noexcept { return 0; }

  // Why there are no more bytes where it is not their end; empty otherwise.
  virtual std::string failure() const { return {}; }

 protected:
  using ByteSource::ByteSource;
};

// A snapshot in memory.
class SnapshotBytes final : public SnapshotSource {
 public:
  explicit SnapshotBytes(std::string_view bytes) noexcept
      : SnapshotSource(bytes), begin_(bytes.data()) {}

  std::uint64_t offset() const noexcept override {
    return static_cast<std::uint64_t>(at_ - begin_);
  }
  std::uint64_t bytes_left() const noexcept override { return available(); }
  std::uint64_t checksum() const noexcept override {
    return codec::crc64(0, {begin_, static_cast<std::size_t>(at_ - begin_)});
  }

 private:
  const char* begin_;
};

}  // namespace larder::persist
