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

}  // namespace larder::resp
