// Zipmap, the packed form of small hashes before Redis 2.6: reading one from a stranger.
//
//   zipmap = count8 (length name length free8 value unused*)* 0xff     a count of 254 is unknown
//   length = l8 below 254, or 0xfe l32 little-endian
//   free8  = how many unused bytes follow the value
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::codec {

// Reads as ListpackReader does: never beyond `bytes`, sound only where is_whole() in the end.
class ZipmapReader {
 public:
  explicit ZipmapReader(std::string_view bytes) noexcept;

  bool next(std::string_view& name, std::string_view& value) noexcept;
  bool is_whole() const noexcept;

 private:
  bool take_length(std::size_t& length) noexcept;
  bool take_bytes(std::size_t count, std::string_view& taken) noexcept;

  std::string_view bytes_;
  std::size_t at_ = 1;
  std::size_t count_ = 0;
  bool is_corrupt_ = false;
};

}  // namespace larder::codec
