#include "persist/snapshot_walk.h"

#include <fmt/format.h>

#include <utility>

#include "base/numbers.h"
#include "codec/bytes.h"
#include "persist/snapshot_format.h"

namespace larder::persist {
namespace {

constexpr ReadFailure kSignature = "Wrong signature trying to load DB from file";
constexpr ReadFailure kCutOff = "Short read or OOM loading DB. Unrecoverable error, aborting now.";

class Walk {
 public:
  Walk(SnapshotSource& source, const WalkOptions& options, SnapshotFacts& facts,
       SnapshotVisitor& visitor)
      : source_(source), options_(options), facts_(facts), visitor_(visitor), in_(source) {}

  base::Result<void> run() {
    read_signature();
    while (!is_at_end_ && failure_.empty()) read_part();
    if (failure_.empty()) note(visitor_.on_end());
    if (failure_.empty() && facts_.version >= kRdbVersionWithChecksum) read_checksum();
    if (failure_.empty()) return {};
    return base::failure(fmt::format("{} (at byte {})", failure_, source_.offset()));
  }

 private:
  void fail(std::string_view reason) {
    if (failure_.empty()) failure_ = reason;
  }
  void note(const base::Result<void>& result) {
    if (!result) fail(result.error());
  }
  // The bytes ended, or are no such thing as was expected.
  void fail_to_read() {
    const auto reason = source_.failure();
    fail(reason.empty() ? kCutOff : std::string_view(reason));
  }

  void read_signature() {
    std::string_view bytes;
    if (!in_.raw(kRdbSignatureBytes, bytes)) {
      return source_.failure().empty() ? fail(kSignature) : fail_to_read();
    }
    const bool is_of_valkey = bytes.starts_with(kRdbMagicValkey);
    if (!is_of_valkey && !bytes.starts_with(kRdbMagic)) return fail(kSignature);
    const auto digits = bytes.substr(is_of_valkey ? kRdbMagicValkey.size() : kRdbMagic.size());
    std::uint64_t version = 0;
    for (const char digit : digits) {
      if (digit < '0' || digit > '9') return fail(kSignature);
      version = version * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    facts_.version = static_cast<int>(version);
    facts_.is_of_valkey = is_of_valkey;
    const bool is_known = is_of_valkey ? version <= kRdbVersionValkey : version <= kRdbVersionMax;
    const bool is_strict =
        options_.context.settings.rdb_version_check == settings::RdbVersionCheck::strict;
    if (version < 1 || (!is_known && is_strict)) {
      fail(fmt::format("Can't handle RDB format version {}", version));
    }
  }

  void read_checksum() {
    const auto computed = source_.checksum();
    std::string_view bytes;
    if (!in_.raw(sizeof computed, bytes)) return fail_to_read();
    const auto written = codec::read_le<std::uint64_t>(bytes.data());
    facts_.has_checksum = written != 0;
    if (!options_.verifies_checksum || written == 0 || written == computed) return;
    fail(fmt::format("RDB CRC error: expected {:x}, but the file's bytes have {:x}", written,
                     computed));
  }

  // An opcode with what belongs to it, or a key.
  void read_part() {
    std::uint8_t code = 0;
    if (!in_.byte(code)) return fail_to_read();
    if (!read_opcode(static_cast<RdbOpcode>(code))) read_key(in_, code);
  }

  // False where it is none, but the type of a key.
  bool read_opcode(RdbOpcode opcode) {
    switch (opcode) {
      case RdbOpcode::end:
        is_at_end_ = true;
        return true;
      case RdbOpcode::database:
        read_database();
        return true;
      case RdbOpcode::sizes:
        read_sizes();
        return true;
      case RdbOpcode::slot_info:
        skip_lengths(3);
        return true;
      case RdbOpcode::auxiliary:
        read_auxiliary();
        return true;
      case RdbOpcode::function_library:
        read_library();
        return true;
      case RdbOpcode::module_data:
        skip_module_data();
        return true;
      case RdbOpcode::function_before_7:
        fail("Pre-release function format not supported.");
        return true;
      case RdbOpcode::slot_import:
        fail("Slots that are being imported are not supported");
        return true;
      default:
        return read_property(in_, opcode);
    }
  }

  // False where the code is of another kind.
  bool read_property(RdbReader& in, RdbOpcode opcode) {
    bool is_read = false;
    switch (opcode) {
      case RdbOpcode::deadline_ms:
        is_read = in.milliseconds(properties_.deadline);
        break;
      case RdbOpcode::deadline_seconds:
        is_read = read_seconds(in);
        break;
      case RdbOpcode::idle_seconds:
        is_read = in.length(properties_.idle_seconds.emplace());
        break;
      case RdbOpcode::use_frequency:
        is_read = in.byte(properties_.frequency.emplace());
        break;
      default:
        return false;
    }
    if (!is_read) fail_to_read();
    return true;
  }

  bool read_seconds(RdbReader& in) {
    std::string_view bytes;
    if (!in.raw(sizeof(std::int32_t), bytes)) return false;
    properties_.deadline =
        static_cast<std::int64_t>(codec::read_le<std::int32_t>(bytes.data())) * 1000;
    return true;
  }

  void read_database() {
    std::uint64_t index = 0;
    if (!in_.length(index)) return fail_to_read();
    note(visitor_.on_database(index));
  }

  void read_sizes() {
    std::uint64_t keys = 0;
    std::uint64_t with_deadline = 0;
    if (!in_.length(keys) || !in_.length(with_deadline)) return fail_to_read();
    visitor_.on_key_count(keys);
  }

  void skip_lengths(int count) {
    for (std::uint64_t unused = 0; count > 0; --count) {
      if (!in_.length(unused)) return fail_to_read();
    }
  }

  void read_library() {
    if (!in_.string(text_)) return fail_to_read();
    note(visitor_.on_library(text_.text()));
  }

  // Data that a module keeps beside its keys: (opcode value)* 0.
  void skip_module_data() {
    enum : std::uint64_t { end, integer, unsigned_integer, short_number, number, string };
    std::uint64_t module = 0;
    std::uint64_t opcode = end;
    if (!in_.length(module)) return fail_to_read();
    do {
      if (!in_.length(opcode)) return fail_to_read();
      std::uint64_t unused = 0;
      std::string_view bytes;
      bool is_read = true;
      if (opcode == integer || opcode == unsigned_integer) is_read = in_.length(unused);
      if (opcode == short_number) is_read = in_.raw(sizeof(float), bytes);
      if (opcode == number) is_read = in_.raw(sizeof(double), bytes);
      if (opcode == string) is_read = in_.string(text_);
      if (!is_read || opcode > string) return fail_to_read();
    } while (opcode != end);
  }

  void read_auxiliary() {
    if (!in_.string(text_)) return fail_to_read();
    if (text_.text() == auxiliary::kKey) return read_key_in_auxiliary();
    if (!in_.string(value_)) return fail_to_read();
    const auto name = text_.text();
    const auto value = value_.text();
    const auto number = base::parse_i64(value).value_or(0);
    if (name == auxiliary::kElementDeadlines) {
      note(visitor_.on_element_deadlines(value));
    } else if (name == auxiliary::kLearned) {
      visitor_.on_learned(value);
    } else if (name == "redis-ver" || name == "valkey-ver" || name == auxiliary::kVersion) {
      facts_.written_by = value;
    } else if (name == "used-mem") {
      facts_.used_memory_bytes = static_cast<std::uint64_t>(number);
    } else if (name == "ctime") {
      facts_.created_s = number;
    } else if (name == "aof-base" || name == "aof-preamble") {
      facts_.is_append_only_base = number != 0;
    } else if (name == "repl-stream-db") {
      facts_.stream_database = static_cast<int>(number);
    } else if (name == "repl-id") {
      facts_.replication_id = value;
    } else if (name == "repl-offset") {
      facts_.replication_offset = number;
    }
  }

  void read_key_in_auxiliary() {
    if (!in_.string(value_)) return fail_to_read();
    ByteSource source(value_.text());
    RdbReader in(source);
    std::uint8_t code = 0;
    do {
      if (!in.byte(code)) return fail(kCutOff);
    } while (read_property(in, static_cast<RdbOpcode>(code)) && failure_.empty());
    if (failure_.empty()) read_key(in, code);
  }

  void read_key(RdbReader& in, std::uint8_t type) {
    const auto properties = std::exchange(properties_, {});
    if (!in.string(name_)) return fail_to_read();
    LoadedValue value;
    const auto failure = read_value(in, type, options_.context, value);
    if (failure.empty()) {
      note(visitor_.on_key(name_.text(), std::move(value), properties));
    } else if (failure == read_failure::kEmptyCollection) {
      note(visitor_.on_empty_key(name_.text()));
    } else if (failure == read_failure::kUnknownType) {
      fail(fmt::format("{}: {}", failure, type));
    } else if (failure == read_failure::kCutOff) {
      fail_to_read();
    } else {
      fail(failure);
    }
  }

  SnapshotSource& source_;
  const WalkOptions& options_;
  SnapshotFacts& facts_;
  SnapshotVisitor& visitor_;
  RdbReader in_;
  RdbString name_;
  RdbString text_;
  RdbString value_;
  KeyProperties properties_;
  std::string failure_;
  bool is_at_end_ = false;
};

}  // namespace

base::Result<void> walk_snapshot(SnapshotSource& source, const WalkOptions& options,
                                 SnapshotFacts& facts, SnapshotVisitor& visitor) {
  return Walk(source, options, facts, visitor).run();
}

}  // namespace larder::persist
