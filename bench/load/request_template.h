// A command with placeholders, encoded once: each request is a copy of its bytes with the digits
// filled in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/random.h"
#include "base/result.h"
#include "load/indexes.h"

namespace larder::load {

struct TemplateSizes {
  std::size_t key_bytes = 16;
  std::size_t value_bytes = 64;
};

// Where the changing parts of a request come from.
struct RequestSource {
  Indexes keys;
  base::Random random;
  std::uint64_t sequence = 0;  // counts requests
};

// Arguments are separated by spaces; inside an argument stand
//   {key}      "key:" and the index of a key in digits, `key_bytes` in all
//   {value}    letters, `value_bytes` of them; {value:N} has N
//   {seq:N}    the number of this request in N digits
//   {rand:N}   N random digits
//   {int:N}    a random integer of N digits (the first is not 0)
class RequestTemplate {
 public:
  static base::Result<RequestTemplate> parse(std::string_view text, TemplateSizes sizes);

  // The command's name in lower case.
  const std::string& name() const noexcept { return name_; }
  std::size_t bytes() const noexcept { return bytes_.size(); }

  void append_to(base::ByteBuffer& out, RequestSource& source) const;

 private:
  enum class Kind : std::uint8_t { key, sequence, digits, integer };
  struct Blank {
    Kind kind;
    std::uint32_t offset;
    std::uint32_t width;
  };

  base::Result<void> add_argument(std::string_view text, TemplateSizes sizes);
  base::Result<void> add_placeholder(std::string_view text, TemplateSizes sizes,
                                     std::string& argument, std::vector<Blank>& blanks);

  std::string name_;
  std::string bytes_;
  std::vector<Blank> blanks_;
};

}  // namespace larder::load
