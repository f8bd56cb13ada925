// The changes of all databases as one stream of commands: what the append-only log keeps, and what
// replicas will be sent. Made only while there is somebody to take it.
#pragma once

#include <cstdint>
#include <functional>

#include "base/byte_buffer.h"
#include "command/ports.h"

namespace larder::server {

class Journal final : public command::Journal {
 public:
  // `on_pending` is called whenever there is something more that is whole.
  explicit Journal(std::function<void()> on_pending) : on_pending_(std::move(on_pending)) {}

  void record(const keyspace::Database& database,
              std::span<const std::string_view> words) override {
    record_as_sent(database, words, {});
  }
  // The same of a command that came as `request`, or in it: mostly its own bytes will do.
  void record_as_sent(const keyspace::Database& database, std::span<const std::string_view> words,
                      std::string_view request);

  // What is recorded while one lives takes effect as a whole: more than one command stands between
  // MULTI and EXEC. Units in a unit are part of it.
  class Unit {
   public:
    explicit Unit(Journal& journal) noexcept : journal_(journal) { journal_.begin_unit(); }
    ~Unit() { journal_.end_unit(); }
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;

   private:
    Journal& journal_;
  };
  bool is_in_unit() const noexcept { return depth_ != 0 && unit_commands_ != 0; }

  // Where the stream ends: bytes since the start.
  std::uint64_t offset() const noexcept { return dropped_bytes_ + buffer_.size(); }
  // The same where the unit at hand is going to end.
  std::uint64_t end_of_unit() const noexcept;

  // What was recorded and is not dropped yet. REQUIRES: !is_in_unit().
  std::string_view pending() const noexcept { return buffer_.view(); }
  void drop_pending() noexcept;
  std::size_t buffered_bytes() const noexcept { return buffer_.size(); }
  // Whoever reads on from here does not know which database is selected.
  void forget_database() noexcept { selected_ = -1; }
  // Has the time in Unix seconds stand before the first command of each second.
  void set_annotated(bool annotated) noexcept { is_annotated_ = annotated; }

 private:
  void begin_unit() noexcept {
    if (depth_++ == 0) unit_commands_ = 0;
  }
  void end_unit();
  void begin_command(const keyspace::Database& database);
  void annotate(std::int64_t now_s);

  std::function<void()> on_pending_;
  base::ByteBuffer buffer_;
  std::uint64_t dropped_bytes_ = 0;
  int selected_ = -1;
  int depth_ = 0;
  std::uint64_t unit_commands_ = 0;
  std::size_t unit_begin_ = 0;  // in buffer_: of its first command, or of the SELECT before it
  bool is_annotated_ = false;
  std::int64_t annotated_s_ = 0;
};

}  // namespace larder::server
