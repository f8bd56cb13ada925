#include "resp/command_text.h"

#include <cstring>

#include "base/numbers.h"

namespace larder::resp {
namespace {

// Of a header at most: its letter, digits and the lines' ends before and behind.
constexpr std::size_t kHeaderBytes = 26;

char* write_header(char* out, char kind, std::size_t count) noexcept {
  *out++ = kind;
  out = base::write_i64(out, static_cast<std::int64_t>(count));
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

constexpr std::size_t kLineEndBytes = 2;

bool is_line_end(const char* at) noexcept { return std::memcmp(at, "\r\n", kLineEndBytes) == 0; }

// Of a header with that number, in its only canonical form.
std::size_t header_bytes(std::size_t count) noexcept {
  std::size_t bytes = 1 + 1 + kLineEndBytes;
  for (; count >= 10; count /= 10) ++bytes;
  return bytes;
}

}  // namespace

void append_command(base::ByteBuffer& out, std::span<const std::string_view> words) {
  std::size_t bytes = kHeaderBytes;
  for (const auto word : words) bytes += word.size() + kHeaderBytes;
  char* const begin = out.prepare(bytes);
  char* at = write_header(begin, '*', words.size());
  for (const auto word : words) {
    at = write_header(at, '$', word.size());
    if (!word.empty()) std::memcpy(at, word.data(), word.size());
    at += word.size();
    *at++ = '\r';
    *at++ = '\n';
  }
  out.commit(static_cast<std::size_t>(at - begin));
}

// No header can be shorter than that which append_command() makes: where all of them together are
// as long as those, each is the same, as the parser read its number from it. It lets any byte pass
// in a line's end, though.
bool is_command_text(std::string_view request, std::span<const std::string_view> words) noexcept {
  if (request.empty() || words.empty()) return false;
  auto bytes = header_bytes(words.size());
  const auto first = bytes + header_bytes(words.front().size());
  if (first > request.size() || words.front().data() != request.data() + first) return false;
  bool has_line_ends = is_line_end(request.data() + bytes - kLineEndBytes);
  for (const auto word : words) {
    bytes += header_bytes(word.size()) + word.size() + kLineEndBytes;
    has_line_ends &= is_line_end(word.data() - kLineEndBytes);
    has_line_ends &= is_line_end(word.data() + word.size());
  }
  return has_line_ends && bytes == request.size();
}

}  // namespace larder::resp
