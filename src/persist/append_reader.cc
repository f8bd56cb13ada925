#include "persist/append_reader.h"

#include <algorithm>

#include "base/numbers.h"
#include "codec/crc64.h"

namespace larder::persist {
namespace {

// Of a line that is no command: longer ones are none either.
constexpr std::size_t kAnnotationBytesMax = 1024;
constexpr std::string_view kTime = "#TS:";
// What disks write as a whole, or a part of that.
constexpr std::uint64_t kBlockBytes = 512;
constexpr std::string_view kFillerMet = "##";  // which no annotation has at its beginning
// proto-max-bulk-len may have been anything when the file was written.
constexpr resp::RequestParser::Limits kLimits = {.bulk_bytes_max = 1LL << 40};

// The parser passes over what stands behind a word; here anything but a line's end is damage.
// REQUIRES: two bytes stand there.
bool ends_in_line(std::string_view word) noexcept {
  const char* const end = word.data() + word.size();
  return end[0] == '\r' && end[1] == '\n';
}

// Whether the disk does not have all of the line of a sum at `offset`: filler is what it begins
// with, or what stands there where the next block begins.
bool is_sum_torn(std::string_view text, std::uint64_t offset) noexcept {
  if (text.starts_with(kFillerMet)) return true;
  const auto block = (offset + kBlockBytes - 1) / kBlockBytes * kBlockBytes - offset;
  if (block >= std::min(text.size(), kSumLineBytesMax)) return false;
  return text.substr(0, block).find('\n') == text.npos &&
         text.substr(block).starts_with(kFillerMet);
}

}  // namespace

AppendReader::AppendReader(SnapshotSource& source, bool has_filler) noexcept
    : source_(source), begin_(source.offset()), whole_until_(begin_), has_filler_(has_filler) {}

// Drops what was read, too: words() end here.
bool AppendReader::fetch_more() {
  std::string_view bytes;
  if (!source_.take_available(bytes)) return false;
  input_.consume(at_);
  begin_ += at_;
  at_ = 0;
  input_.append(bytes);
  return true;
}

AppendReader::Status AppendReader::skip_annotations() {
  for (;;) {
    const auto rest = input_.view().substr(at_);
    if (rest.empty()) {
      if (!fetch_more()) return Status::end;
      continue;
    }
    if (rest.front() == '*') return Status::command;
    if (rest.front() != '#') return Status::damaged;
    if (has_filler_) {
      if (rest.size() < kSumLineBytesMax && fetch_more()) continue;
      if (is_sum_torn(rest, offset())) return Status::truncated;
    }
    const auto end = rest.find('\n');
    if (end == rest.npos) {
      if (rest.size() > kAnnotationBytesMax) return Status::damaged;
      if (!fetch_more()) return Status::truncated;
      continue;
    }
    auto line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(kTime)) {
      time_s_ = base::parse_i64(line.substr(kTime.size())).value_or(time_s_);
    }
    if (Sum sum; parse_sum(line, sum)) {
      if (const auto found = check_sum(end + 1, sum); found != Status::command) return found;
    }
    at_ += end + 1;
    if (!is_in_transaction_) whole_until_ = offset();
  }
}

// A crash leaves what was written last as it was on the disk, in any of its parts. What is missing
// without filler behind it was cut off by somebody: there is nothing to be compared.
AppendReader::Status AppendReader::check_sum(std::size_t line_bytes, const Sum& sum) {
  const auto rest_bytes = [&] { return input_.size() - at_ - line_bytes; };
  while (rest_bytes() < sum.bytes) {
    if (!fetch_more()) return has_filler_ ? Status::truncated : Status::command;
  }
  const auto bytes = input_.view().substr(at_ + line_bytes, sum.bytes);
  if (codec::crc64(0, bytes) == sum.checksum) return Status::command;
  const bool is_last = rest_bytes() == sum.bytes && !fetch_more();
  return is_last ? Status::truncated : Status::damaged;
}

AppendReader::Status AppendReader::next() {
  words_.clear();
  if (const auto met = skip_annotations(); met != Status::command) return met;
  for (;;) {
    switch (parser_.parse(input_.view().substr(at_), words_, kLimits)) {
      case resp::RequestParser::Status::command:
        if (!std::all_of(words_.begin(), words_.end(), ends_in_line)) return Status::damaged;
        at_ += parser_.consumed();
        note_transaction();
        return Status::command;
      case resp::RequestParser::Status::incomplete:
        if (!fetch_more()) return Status::truncated;
        break;
      case resp::RequestParser::Status::nothing:  // *0: nobody writes it
      case resp::RequestParser::Status::error:
        return Status::damaged;
    }
  }
}

void AppendReader::note_transaction() noexcept {
  if (words_.size() == 1 && base::equal_ignoring_case(words_.front(), "multi")) {
    is_in_transaction_ = true;
  } else if (words_.size() == 1 && base::equal_ignoring_case(words_.front(), "exec")) {
    is_in_transaction_ = false;
  }
  if (!is_in_transaction_) whole_until_ = offset();
}

}  // namespace larder::persist
