#include "persist/appended_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "codec/crc64.h"

namespace larder::persist {
namespace {

constexpr std::string_view kSum = "#SUM:";
constexpr std::size_t kChecksumDigits = 16;
// A small file is as quickly rewritten as laid out.
constexpr std::uint64_t kFileBytesMin = 64 * 1024;
constexpr std::size_t kPieceBytes = 64 * 1024;

// A whole word in the number's digits.
template <class Number>
bool parse_whole(std::string_view text, Number& number, int base) noexcept {
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number, base);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

}  // namespace

std::uint64_t end_of_appended(int fd, std::uint64_t bytes) noexcept {
  std::array<char, kPieceBytes> piece;
  while (bytes != 0) {
    const auto wanted = std::min<std::uint64_t>(bytes, piece.size());
    const auto count = ::pread(fd, piece.data(), wanted, static_cast<off_t>(bytes - wanted));
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(wanted)) return bytes;
    const std::string_view text(piece.data(), wanted);
    const auto last = text.find_last_not_of(kFiller);
    if (last != text.npos) return bytes - wanted + last + 1;
    bytes -= wanted;
  }
  return 0;
}

std::string sum_line(std::string_view bytes) {
  return fmt::format("{}{:0{}x} {}\r\n", kSum, codec::crc64(0, bytes), kChecksumDigits,
                     bytes.size());
}

bool parse_sum(std::string_view line, Sum& sum) noexcept {
  if (!line.starts_with(kSum)) return false;
  line.remove_prefix(kSum.size());
  return line.size() > kChecksumDigits + 1 && line[kChecksumDigits] == ' ' &&
         parse_whole(line.substr(0, kChecksumDigits), sum.checksum, 16) &&
         parse_whole(line.substr(kChecksumDigits + 1), sum.bytes, 10) &&
         sum.bytes <= kLaidOutBytesMax;
}

void AppendedFile::open(base::UniqueFd fd, std::uint64_t bytes) noexcept {
  fd_ = std::move(fd);
  bytes_ = filled_until_ = usable_until_ = reserved_until_ = bytes;
  may_reserve_ = true;
  is_torn_ = must_be_trimmed_ = false;
  last_bytes_ = 0;
}

// What does not fit into what is laid out, with some filler behind it, goes to the file's end.
AppendedFile::Appended AppendedFile::append(std::string_view bytes, bool is_synced_next) {
  if (must_be_trimmed_ && !cut_filler()) return {0, errno};
  last_bytes_ = bytes.size();
  const bool fits = bytes_ + kSumLineBytesMax + bytes.size() < usable_until_;
  if (!fits || !is_synced_next || is_torn_) {
    cut_filler();
    if (!is_synced_next) reserve(bytes.size());
    const auto written = write(bytes);
    is_torn_ = written.bytes != 0 && written.error != 0;
    return written;
  }
  summed_ = sum_line(bytes);
  summed_ += bytes;
  const auto begin = bytes_;
  const auto written = write(summed_);
  if (written.error == 0) return {bytes.size(), 0};
  must_be_trimmed_ = bytes_ != begin;
  bytes_ = begin;
  return {0, written.error};
}

AppendedFile::Appended AppendedFile::write(std::string_view bytes) {
  Appended written;
  while (written.bytes < bytes.size() && written.error == 0) {
    const auto rest = bytes.substr(written.bytes);
    const auto count = disk_.write(fd_.get(), rest.data(), rest.size(), bytes_ + written.bytes);
    if (count >= 0) {
      written.bytes += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      written.error = errno;
    }
  }
  const bool is_torn = written.error != 0 && written.bytes != 0;
  if (is_torn && disk_.truncate(fd_.get(), bytes_) == 0) {
    written.bytes = 0;
    filled_until_ = usable_until_ = reserved_until_ = bytes_;
  }
  bytes_ += written.bytes;
  filled_until_ = std::max(filled_until_, bytes_);
  usable_until_ = std::max(usable_until_, bytes_);
  return written;
}

int AppendedFile::sync() { return disk_.sync(fd_.get()) == 0 ? 0 : errno; }

bool AppendedFile::wants_layout() const noexcept {
  const auto wanted = std::min(bytes_, kLaidOutBytesMax);
  return bytes_ >= kFileBytesMin && last_bytes_ < wanted / 16 &&
         filled_until_ - bytes_ < wanted / 4;
}

bool AppendedFile::lay_out() {
  const std::string filler(kPieceBytes, kFiller);
  const auto until = bytes_ + std::min(bytes_, kLaidOutBytesMax);
  while (filled_until_ < until) {
    const auto count = disk_.write(fd_.get(), filler.data(), filler.size(), filled_until_);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    filled_until_ += static_cast<std::uint64_t>(count);
  }
  return true;
}

// In steps of what the file has already: a small one takes no more than twice its room.
void AppendedFile::reserve(std::size_t bytes) {
  if (!may_reserve_ || bytes_ < kFileBytesMin || bytes_ + bytes <= reserved_until_) return;
  const auto begin = std::max(bytes_, reserved_until_);
  const auto until = bytes_ + bytes + std::min(bytes_, kReservedBytesMax);
  may_reserve_ = disk_.reserve(fd_.get(), begin, until - begin) == 0;
  if (may_reserve_) reserved_until_ = until;
}

bool AppendedFile::cut_filler() { return filled_until_ == bytes_ || trim(); }

bool AppendedFile::trim() {
  if (filled_until_ == bytes_ && reserved_until_ <= bytes_) return true;
  if (disk_.truncate(fd_.get(), bytes_) != 0) return false;
  filled_until_ = usable_until_ = reserved_until_ = bytes_;
  must_be_trimmed_ = false;
  return true;
}

}  // namespace larder::persist
