#include "persist/append_commands.h"

#include <fmt/format.h>

#include <initializer_list>

#include "base/byte_buffer.h"
#include "base/numbers.h"
#include "persist/element_deadlines.h"
#include "persist/payload.h"
#include "resp/command_text.h"

namespace larder::persist {
namespace {

constexpr std::size_t kDrainBytes = 64 * 1024;

class CommandWriter {
 public:
  CommandWriter(SnapshotSink& sink, const SnapshotContents& contents)
      : sink_(sink),
        context_{.settings = contents.settings,
                 .hasher = contents.keyspace.hasher(),
                 .now = contents.keyspace.now()} {}

  void write(std::initializer_list<std::string_view> words) {
    resp::append_command(buffer_, {words.begin(), words.size()});
    if (buffer_.size() >= kDrainBytes) drain();
  }

  void annotate() { buffer_.append(fmt::format("#TS:{}\r\n", context_.now / 1000)); }

  void write_key(keyspace::Database& database, const keyspace::EntryRef& entry) {
    base::IntegerText digits;
    const auto deadline = base::to_text(entry.has_deadline() ? entry.deadline() : 0, digits);
    if (entry.type() == keyspace::Type::string) {
      base::IntegerText scratch;
      const auto text = entry.text(scratch);
      if (entry.has_deadline()) return write({"SET", entry.key(), text, "PXAT", deadline});
      return write({"SET", entry.key(), text});
    }
    payload_.clear();
    write_payload(payload_, database, entry, context_, kRdbVersionWritten);
    write({"RESTORE", entry.key(), deadline, payload_.view(), "ABSTTL"});
    for_each_element_deadline(entry, context_.now,
                              [&](const value::Item& element, base::UnixMs at) {
                                write_element_deadline(entry, element, at);
                              });
  }

  bool drain() {
    if (!has_failed_) has_failed_ = !sink_.write(buffer_.view());
    buffer_.clear();
    return !has_failed_;
  }
  bool has_failed() const noexcept { return has_failed_; }

 private:
  void write_element_deadline(const keyspace::EntryRef& entry, const value::Item& element,
                              base::UnixMs deadline) {
    base::IntegerText digits;
    base::IntegerText scratch;
    const auto at = base::to_text(deadline, digits);
    const auto name = element.text(scratch);
    if (entry.type() == keyspace::Type::hash) {
      return write({"HPEXPIREAT", entry.key(), at, "FIELDS", "1", name});
    }
    write({"PEXPIREMEMBERAT", entry.key(), name, at});
  }

  SnapshotSink& sink_;
  ValueContext context_;
  base::ByteBuffer buffer_;
  base::ByteBuffer payload_;
  bool has_failed_ = false;
};

}  // namespace

bool write_commands(SnapshotSink& sink, const SnapshotContents& contents, KeyWritten key_written) {
  CommandWriter writer(sink, contents);
  if (contents.settings.aof_timestamp_enabled) writer.annotate();
  for (const auto code : contents.libraries) writer.write({"FUNCTION", "LOAD", "REPLACE", code});
  for (int i = 0; i < contents.keyspace.database_count(); ++i) {
    auto& database = contents.keyspace.database(i);
    if (database.size() == 0) continue;
    base::IntegerText digits;
    writer.write({"SELECT", base::to_text(i, digits)});
    database.for_each_even_expired([&](keyspace::EntryRef entry) {
      if (writer.has_failed()) return;
      writer.write_key(database, entry);
      key_written();
    });
  }
  return writer.drain();
}

}  // namespace larder::persist
