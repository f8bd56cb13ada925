#include "server/journal.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/clock.h"
#include "base/numbers.h"
#include "resp/command_text.h"

namespace larder::server {
namespace {

constexpr std::string_view kMulti = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view kExec = "*1\r\n$4\r\nEXEC\r\n";

constexpr std::size_t kKeptBytes = 1 << 20;

}  // namespace

void Journal::record_as_sent(const keyspace::Database& database,
                             std::span<const std::string_view> words, std::string_view request) {
  begin_command(database);
  if (resp::is_command_text(request, words)) {
    buffer_.append(request);
  } else {
    resp::append_command(buffer_, words);
  }
  if (depth_ == 0) on_pending_();
}

void Journal::begin_command(const keyspace::Database& database) {
  if (depth_ != 0 && ++unit_commands_ == 2) {  // it has more than one: MULTI goes before the first
    buffer_.prepare(kMulti.size());
    char* const at = buffer_.data() + unit_begin_;
    std::memmove(at + kMulti.size(), at, buffer_.size() - unit_begin_);
    std::memcpy(at, kMulti.data(), kMulti.size());
    buffer_.commit(kMulti.size());
  }
  if (is_annotated_ && unit_commands_ < 2) annotate(base::unix_ms() / 1000);
  if (depth_ != 0 && unit_commands_ == 1) unit_begin_ = buffer_.size();
  if (selected_ == database.index()) return;
  selected_ = database.index();
  base::IntegerText digits;
  const std::string_view select[] = {"SELECT", base::to_text(selected_, digits)};
  resp::append_command(buffer_, select);
}

void Journal::annotate(std::int64_t now_s) {
  if (std::exchange(annotated_s_, now_s) == now_s) return;
  buffer_.append(fmt::format("#TS:{}\r\n", now_s));
}

void Journal::end_unit() {
  if (--depth_ != 0) return;
  if (unit_commands_ > 1) buffer_.append(kExec);
  if (std::exchange(unit_commands_, 0) != 0) on_pending_();
}

std::uint64_t Journal::end_of_unit() const noexcept {
  return offset() + (depth_ != 0 && unit_commands_ > 1 ? kExec.size() : 0);
}

void Journal::drop_pending() noexcept {
  dropped_bytes_ += buffer_.size();
  unit_commands_ = 0;  // what is left of a unit that the log was turned off and on in
  buffer_.clear();
  if (buffer_.capacity() > kKeptBytes) buffer_.release();
}

}  // namespace larder::server
