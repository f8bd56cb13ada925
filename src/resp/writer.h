// Writes replies in RESP2 or RESP3. A handler says what it answers (a map, a double, nothing); how
// that looks in the client's protocol is decided here.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/numbers.h"

namespace larder::resp {

enum class Protocol : std::uint8_t { resp2 = 2, resp3 = 3 };

// Writes to a buffer that somebody else owns; lives as long as one batch of commands.
class Writer {
 public:
  Writer(base::ByteBuffer& out, Protocol protocol) noexcept : out_(&out), protocol_(protocol) {}

  Protocol protocol() const noexcept { return protocol_; }
  void set_protocol(Protocol protocol) noexcept { protocol_ = protocol; }
  bool is_resp3() const noexcept { return protocol_ == Protocol::resp3; }
  base::ByteBuffer& buffer() noexcept { return *out_; }

  void ok() { out_->append("+OK\r\n"); }
  void simple(std::string_view text) { line('+', text); }

  // `text` opens with its code: "ERR no such key". CR and LF in it become spaces, so that no
  // client's bytes can forge a reply.
  void error(std::string_view text);

  void integer(std::int64_t value);
  void bulk(std::string_view bytes);
  void bulk_integer(std::int64_t value);  // its digits as a bulk string
  void null();                            // RESP2: the null bulk string
  void null_array();                      // RESP2: the null array; RESP3: null
  void boolean(bool value);               // RESP2: 1 or 0
  void number(double value);              // RESP2: a bulk string
  void big_number(std::string_view digits);
  void verbatim(std::string_view format,
                std::string_view text);  // format: three characters, such as "txt"

  void array(std::size_t length) { header('*', length); }
  void map(std::size_t pairs);        // RESP2: an array of keys and values in turn
  void set(std::size_t length);       // RESP2: an array
  void push(std::size_t length);      // RESP2: an array
  void attribute(std::size_t pairs);  // REQUIRES: is_resp3()

  // A reply that is already encoded.
  void raw(std::string_view bytes) { out_->append(bytes); }

  // Where the length is known only after the elements: reserve() first, then elements, then close.
  class Deferred {
   public:
    void close_array(std::size_t length) { close('*', '*', length); }
    void close_map(std::size_t pairs);
    void close_set(std::size_t length) { close('~', '*', length); }

   private:
    friend class Writer;
    Deferred(Writer& writer, std::size_t at) noexcept : writer_(&writer), at_(at) {}
    void close(char resp3_mark, char resp2_mark, std::size_t length);
    Writer* writer_;
    std::size_t at_;
  };
  Deferred defer() noexcept { return {*this, out_->size()}; }

  // Errors written so far, and the code of the last one ("ERR", "WRONGTYPE"): what statistics of
  // failures count.
  std::uint64_t errors() const noexcept { return errors_; }
  std::string_view last_error_code() const noexcept { return {last_code_, last_code_size_}; }

 private:
  void header(char mark, std::size_t length);
  void line(char mark, std::string_view text);

  base::ByteBuffer* out_;
  std::uint64_t errors_ = 0;
  Protocol protocol_;
  std::uint8_t last_code_size_ = 0;
  char last_code_[30] = {};
};

}  // namespace larder::resp
