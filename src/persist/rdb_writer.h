// Writes the small parts that RDB files and DUMP payloads are made of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "persist/rdb_format.h"

namespace larder::persist {

// Takes away what a writer's buffer holds, now and then.
class RdbDrain {
 public:
  virtual void drain(base::ByteBuffer& buffer) = 0;

 protected:
  ~RdbDrain() = default;
};

class RdbWriter {
 public:
  // `compresses`: whether strings are written compressed where that is shorter.
  RdbWriter(base::ByteBuffer& out, bool compresses) noexcept : out_(out), compresses_(compresses) {}

  // Has `drain` called whenever some hundred kilobytes have gathered, in the middle of a value,
  // too, so that the largest needs no more than that.
  void drain_into(RdbDrain& drain) noexcept { drain_ = &drain; }
  static constexpr std::size_t kDrainBytes = 256 * 1024;

  // Has values written so that readers of `version` know them, with what those cannot take left
  // out.
  void keep_to_version(std::uint16_t version) noexcept { version_max_ = version; }
  bool may_write(std::uint16_t version) const noexcept { return version <= version_max_; }

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void type(RdbType type) {
    byte(static_cast<std::uint8_t>(type));
    if (!names_next_) return;
    names_next_ = false;
    string(name_);
  }
  void opcode(RdbOpcode opcode) { byte(static_cast<std::uint8_t>(opcode)); }
  // In a file a key stands between the type of its value and the content: `key` comes behind the
  // next type.
  void name_next(std::string_view key) noexcept {
    name_ = key;
    names_next_ = true;
  }
  void length(std::uint64_t value);
  void string(std::string_view text);  // as an integer or compressed where that is shorter
  void string(std::int64_t integer);   // its digits
  void raw(std::string_view bytes) { out_.append(bytes); }
  void milliseconds(std::int64_t value);
  void binary_double(double value);

  // The version that a reader has to know for what was written.
  void require_version(std::uint16_t version) noexcept { version_ = std::max(version_, version); }
  std::uint16_t version() const noexcept { return version_; }

 private:
  bool short_integer(std::int64_t integer);
  bool compressed(std::string_view text);

  void make_room() {
    if (drain_ != nullptr && out_.size() >= kDrainBytes) drain_->drain(out_);
  }

  base::ByteBuffer& out_;
  RdbDrain* drain_ = nullptr;
  std::string_view name_;
  bool names_next_ = false;
  bool compresses_;
  std::uint16_t version_max_ = UINT16_MAX;
  std::uint16_t version_ = kRdbVersionWritten;
};

}  // namespace larder::persist
