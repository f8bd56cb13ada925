#include "resp/writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace larder::resp {
namespace {

constexpr std::size_t kHeaderMax = 24;  // a mark, 20 digits, CR LF

char* write_header(char* out, char mark, std::int64_t value) noexcept {
  *out++ = mark;
  if (value >= 0 && value < 10) {
    *out++ = static_cast<char>('0' + value);
  } else {
    out = base::write_i64(out, value);
  }
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

// An empty view may come without an address, which memcpy must not see.
char* write_bytes(char* out, std::string_view bytes) noexcept {
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

}  // namespace

void Writer::header(char mark, std::size_t length) {
  char* const at = out_->prepare(kHeaderMax);
  out_->commit(
      static_cast<std::size_t>(write_header(at, mark, static_cast<std::int64_t>(length)) - at));
}

void Writer::line(char mark, std::string_view text) {
  char* at = out_->prepare(text.size() + 3);
  *at++ = mark;
  at = write_bytes(at, text);
  *at++ = '\r';
  *at = '\n';
  out_->commit(text.size() + 3);
}

void Writer::error(std::string_view text) {
  const auto code = text.substr(0, text.find_first_of(" \r\n"));
  last_code_size_ = static_cast<std::uint8_t>(std::min(code.size(), sizeof last_code_));
  write_bytes(last_code_, code.substr(0, last_code_size_));
  ++errors_;
  if (text.find_first_of("\r\n") == std::string_view::npos) {
    line('-', text);
    return;
  }
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  line('-', clean);
}

void Writer::integer(std::int64_t value) {
  char* const at = out_->prepare(kHeaderMax);
  out_->commit(static_cast<std::size_t>(write_header(at, ':', value) - at));
}

void Writer::bulk(std::string_view bytes) {
  char* const start = out_->prepare(kHeaderMax + bytes.size() + 2);
  char* at = write_header(start, '$', static_cast<std::int64_t>(bytes.size()));
  at = write_bytes(at, bytes);
  *at++ = '\r';
  *at++ = '\n';
  out_->commit(static_cast<std::size_t>(at - start));
}

void Writer::bulk_integer(std::int64_t value) {
  base::IntegerText text;
  bulk(base::to_text(value, text));
}

void Writer::null() { out_->append(is_resp3() ? "_\r\n" : "$-1\r\n"); }
void Writer::null_array() { out_->append(is_resp3() ? "_\r\n" : "*-1\r\n"); }

void Writer::boolean(bool value) {
  if (is_resp3()) {
    out_->append(value ? "#t\r\n" : "#f\r\n");
  } else {
    out_->append(value ? ":1\r\n" : ":0\r\n");
  }
}

void Writer::number(double value) {
  const auto text = base::double_text(value);
  is_resp3() ? line(',', text) : bulk(text);
}

void Writer::big_number(std::string_view digits) { is_resp3() ? line('(', digits) : bulk(digits); }

void Writer::verbatim(std::string_view format, std::string_view text) {
  if (!is_resp3()) {
    bulk(text);
    return;
  }
  header('=', text.size() + 4);
  out_->append(format.substr(0, 3));
  out_->push_back(':');
  out_->append(text);
  out_->append("\r\n");
}

void Writer::map(std::size_t pairs) { is_resp3() ? header('%', pairs) : header('*', pairs * 2); }
void Writer::set(std::size_t length) { header(is_resp3() ? '~' : '*', length); }
void Writer::push(std::size_t length) { header(is_resp3() ? '>' : '*', length); }
void Writer::attribute(std::size_t pairs) { header('|', pairs); }

void Writer::Deferred::close_map(std::size_t pairs) {
  close('%', '*', writer_->is_resp3() ? pairs : pairs * 2);
}

void Writer::Deferred::close(char resp3_mark, char resp2_mark, std::size_t length) {
  char text[kHeaderMax];
  const auto* end = write_header(text, writer_->is_resp3() ? resp3_mark : resp2_mark,
                                 static_cast<std::int64_t>(length));
  const auto bytes = static_cast<std::size_t>(end - text);
  auto& out = *writer_->out_;
  out.prepare(bytes);
  std::memmove(out.data() + at_ + bytes, out.data() + at_, out.size() - at_);
  std::memcpy(out.data() + at_, text, bytes);
  out.commit(bytes);
}

}  // namespace larder::resp
