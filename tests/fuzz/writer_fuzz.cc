// Replies: whatever values a handler writes, what comes out is well-formed RESP that a reader takes
// apart to the last byte, in both protocols, and no bytes of a client can end a reply early.
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/numbers.h"
#include "input.h"
#include "resp/writer.h"

namespace {

using larder::base::ByteBuffer;
using larder::base::parse_i64;
using larder::fuzz::expect;
using larder::fuzz::Input;
using larder::resp::Protocol;
using larder::resp::Writer;

// Reads replies strictly, as the specification has them.
class Reader {
 public:
  Reader(std::string_view bytes, Protocol protocol)
      : rest_(bytes), is_resp3_(protocol == Protocol::resp3) {}

  bool empty() const { return rest_.empty(); }

  void take_reply() {
    expect(!rest_.empty());
    const char mark = rest_.front();
    const auto line = take_line().substr(1);
    expect(is_resp3_ || std::string_view("+-:$*").find(mark) != std::string_view::npos);
    switch (mark) {
      case '+':
      case '-':
      case '(':
        break;
      case ':':
        expect(parse_i64(line).has_value());
        break;
      case ',':
        expect(line == "nan" || larder::base::parse_double(line).has_value());
        break;
      case '#':
        expect(line == "t" || line == "f");
        break;
      case '_':
        expect(line.empty());
        break;
      case '$':
      case '=':
        take_bulk(line);
        break;
      case '*':
      case '~':
      case '>':
        take_elements(line, 1);
        break;
      case '%':
        take_elements(line, 2);
        break;
      case '|':
        take_elements(line, 2);
        take_reply();
        break;
      default:
        expect(false);
    }
  }

 private:
  std::string_view take_line() {
    const auto end = rest_.find_first_of("\r\n");
    expect(end != std::string_view::npos && rest_.substr(end, 2) == "\r\n");
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }

  void take_bulk(std::string_view line) {
    if (!is_resp3_ && line == "-1") return;
    const auto bytes = parse_i64(line);
    expect(bytes && *bytes >= 0 && static_cast<std::size_t>(*bytes) + 2 <= rest_.size());
    expect(rest_.substr(static_cast<std::size_t>(*bytes), 2) == "\r\n");
    rest_.remove_prefix(static_cast<std::size_t>(*bytes) + 2);
  }

  void take_elements(std::string_view line, std::int64_t replies_each) {
    if (!is_resp3_ && line == "-1") return;
    const auto count = parse_i64(line);
    expect(count && *count >= 0);
    for (auto left = *count * replies_each; left > 0; --left) take_reply();
  }

  std::string_view rest_;
  bool is_resp3_;
};

void write_reply(Writer& writer, Input& in, int depth);

void write_elements(Writer& writer, Input& in, std::size_t count, int depth) {
  for (std::size_t i = 0; i < count; ++i) write_reply(writer, in, depth + 1);
}

void write_collection(Writer& writer, Input& in, int depth) {
  const auto kind = in.take<std::uint8_t>() % 8;
  const std::size_t count = depth < 4 ? in.take<std::uint8_t>() % 12 : 0;
  switch (kind) {
    case 0:
      writer.array(count);
      return write_elements(writer, in, count, depth);
    case 1:
      writer.map(count);
      return write_elements(writer, in, count * 2, depth);
    case 2:
      writer.set(count);
      return write_elements(writer, in, count, depth);
    case 3:
      writer.push(count);
      return write_elements(writer, in, count, depth);
    case 4:
      if (writer.is_resp3()) {
        writer.attribute(count);
        write_elements(writer, in, count * 2, depth);
      }
      return write_reply(writer, in, depth + 1);
    default:
      auto deferred = writer.defer();
      write_elements(writer, in, kind == 5 ? count * 2 : count, depth);
      if (kind == 5) return deferred.close_map(count);
      return kind == 6 ? deferred.close_set(count) : deferred.close_array(count);
  }
}

void write_reply(Writer& writer, Input& in, int depth) {
  const auto text = [&] { return in.take_bytes(in.take<std::uint8_t>()); };
  const auto kind = depth < 8 ? in.take<std::uint8_t>() % 13 : 0;
  switch (kind) {
    case 0:
      return writer.ok();
    case 1:
      return writer.error(text());
    case 2:
      return writer.integer(in.take<std::int64_t>());
    case 3:
      return writer.bulk(text());
    case 4:
      return writer.bulk_integer(in.take<std::int64_t>());
    case 5:
      return writer.null();
    case 6:
      return writer.null_array();
    case 7:
      return writer.boolean(in.take<std::uint8_t>() % 2 != 0);
    case 8:
      return writer.number(in.take<double>());
    case 9:
      return writer.verbatim("txt", text());
    case 10:
      return writer.simple("a simple text");
    case 11:
      return writer.big_number("-1234567890123456789012345678901234567890");
    default:
      return write_collection(writer, in, depth);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto protocol : {Protocol::resp2, Protocol::resp3}) {
    Input in(data, size);
    ByteBuffer out;
    Writer writer(out, protocol);
    std::size_t replies = 0;
    for (; !in.empty() && replies < 100; ++replies) write_reply(writer, in, 0);
    Reader reader(out.view(), protocol);
    for (; replies > 0; --replies) reader.take_reply();
    expect(reader.empty());
  }
  return 0;
}
