#include "persist/snapshot_writer.h"

#include <fmt/format.h>

#include "codec/bytes.h"
#include "codec/crc64.h"
#include "larder/version.h"
#include "persist/element_deadlines.h"
#include "persist/snapshot_format.h"
#include "persist/values.h"

namespace larder::persist {
namespace {

using keyspace::Database;
using keyspace::EntryRef;
using keyspace::Type;

bool evicts(const settings::Settings& settings) noexcept {
  return settings.maxmemory_policy != settings::MaxmemoryPolicy::noeviction;
}

class Writer final : RdbDrain {
 public:
  Writer(SnapshotSink& sink, const SnapshotContents& contents, KeyWritten key_written)
      : sink_(sink),
        contents_(contents),
        key_written_(key_written),
        context_{.settings = contents.settings,
                 .hasher = contents.keyspace.hasher(),
                 .now = contents.keyspace.now()},
        out_(buffer_, contents.settings.rdb_compression),
        writes_use_(evicts(contents.settings)) {
    out_.keep_to_version(kRdbVersionWritten);
    out_.drain_into(*this);
  }

  bool write() {
    write_head();
    for (int i = 0; i < contents_.keyspace.database_count(); ++i) {
      write_database(contents_.keyspace.database(i));
    }
    write_end();
    return !has_failed_;
  }

 private:
  void drain(base::ByteBuffer& buffer) override {
    if (!has_failed_) {
      if (contents_.settings.rdbchecksum) checksum_ = codec::crc64(checksum_, buffer.view());
      has_failed_ = !sink_.write(buffer.view());
    }
    buffer.clear();
  }

  void write_auxiliary(std::string_view name, std::string_view value) {
    out_.opcode(RdbOpcode::auxiliary);
    out_.string(name);
    out_.string(value);
  }

  void write_head() {
    out_.raw(fmt::format("{}{:04}", kRdbMagic, kRdbVersionWritten));
    write_auxiliary("redis-ver", kRedisVersion);
    write_auxiliary(auxiliary::kVersion, kLarderVersion);
    write_auxiliary("redis-bits", "64");
    write_auxiliary("ctime", fmt::format("{}", context_.now / 1000));
    write_auxiliary("used-mem", fmt::format("{}", contents_.used_memory_bytes));
    for (const auto& field : contents_.auxiliary_fields) write_auxiliary(field.name, field.value);
    if (const auto learned = contents_.keyspace.learned(); !learned.empty()) {
      write_auxiliary(auxiliary::kLearned, learned);
    }
    write_auxiliary("aof-base", contents_.is_append_only_base ? "1" : "0");
    for (const auto& code : contents_.libraries) {
      out_.opcode(RdbOpcode::function_library);
      out_.string(code);
    }
  }

  void write_database(Database& database) {
    if (database.size() == 0) return;
    out_.opcode(RdbOpcode::database);
    out_.length(static_cast<std::uint64_t>(database.index()));
    out_.opcode(RdbOpcode::sizes);
    out_.length(database.size());
    out_.length(database.with_deadline());
    database.for_each_even_expired([&](EntryRef entry) {
      if (has_failed_) return;
      write_entry(database, entry);
      key_written_();
    });
  }

  void write_entry(Database& database, EntryRef entry) {
    if (entry.type() == Type::bloom_filter) return write_in_auxiliary(database, entry);
    write_properties(out_, entry);
    out_.name_next(entry.key());
    write_value(out_, database, entry, context_);
    write_element_deadlines(out_, entry, context_);
    if (buffer_.size() >= RdbWriter::kDrainBytes) drain(buffer_);
  }

  void write_properties(RdbWriter& out, const EntryRef& entry) const {
    if (entry.has_deadline()) {
      out.opcode(RdbOpcode::deadline_ms);
      out.milliseconds(entry.deadline());
    }
    if (!writes_use_) return;
    out.opcode(RdbOpcode::idle_seconds);
    out.length(entry.idle_seconds());
    out.opcode(RdbOpcode::use_frequency);
    out.byte(entry.frequency());
  }

  void write_in_auxiliary(Database& database, EntryRef entry) {
    base::ByteBuffer bytes;
    RdbWriter out(bytes, false);
    write_properties(out, entry);
    out.name_next(entry.key());
    write_value(out, database, entry, context_);
    out_.opcode(RdbOpcode::auxiliary);
    out_.string(auxiliary::kKey);
    out_.length(bytes.size());
    out_.raw(bytes.view());
    drain(buffer_);
  }

  void write_end() {
    out_.opcode(RdbOpcode::end);
    drain(buffer_);
    if (has_failed_) return;
    char footer[sizeof checksum_];
    codec::write_le(footer, checksum_);
    has_failed_ = !sink_.write({footer, sizeof footer});
  }

  SnapshotSink& sink_;
  const SnapshotContents& contents_;
  KeyWritten key_written_;
  ValueContext context_;
  base::ByteBuffer buffer_;
  RdbWriter out_;
  std::uint64_t checksum_ = 0;  // stays 0, which is "none", where none is wanted
  bool writes_use_;             // how long ago and how often keys were used
  bool has_failed_ = false;
};

}  // namespace

bool write_snapshot(SnapshotSink& sink, const SnapshotContents& contents, KeyWritten key_written) {
  return Writer(sink, contents, key_written).write();
}

}  // namespace larder::persist
