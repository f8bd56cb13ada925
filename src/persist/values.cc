#include "persist/values.h"

#include <optional>
#include <utility>

namespace larder::persist {
namespace {

using keyspace::Type;

// The type of value that the content of `type` makes; nothing for what is not read.
std::optional<Type> type_of(RdbType type) noexcept {
  switch (type) {
    case RdbType::string:
      return Type::string;
    case RdbType::list:
    case RdbType::list_ziplist:
    case RdbType::list_quicklist:
    case RdbType::list_quicklist_2:
      return Type::list;
    case RdbType::sorted_set:
    case RdbType::sorted_set_texts:
    case RdbType::sorted_set_ziplist:
    case RdbType::sorted_set_listpack:
      return Type::sorted_set;
    case RdbType::set:
    case RdbType::set_intset:
    case RdbType::set_listpack:
      return Type::set;
    case RdbType::stream:
    case RdbType::stream_2:
    case RdbType::stream_3:
      return Type::stream;
    case RdbType::hash:
    case RdbType::hash_zipmap:
    case RdbType::hash_ziplist:
    case RdbType::hash_listpack:
    case RdbType::hash_deadlines_valkey:
    case RdbType::hash_deadlines:
    case RdbType::hash_deadlines_listpack:
      return Type::hash;
    case RdbType::module:
      return Type::bloom_filter;
    default:
      return std::nullopt;
  }
}

ReadFailure read_collection(RdbReader& in, RdbType type, Type of, value::Cell& cell,
                            const ValueContext& context) {
  switch (of) {
    case Type::list:
      return read_list(in, type, cell, context);
    case Type::sorted_set:
      return read_sorted_set(in, type, cell, context);
    case Type::set:
      return read_set(in, type, cell, context);
    case Type::stream:
      return read_stream(in, type, cell, context);
    case Type::hash:
      return read_hash(in, type, cell, context);
    case Type::bloom_filter:
      return read_bloom_filter(in, cell);
    case Type::string:
      break;
  }
  return read_failure::kUnknownType;
}

void write_string(RdbWriter& out, const keyspace::EntryRef& entry) {
  out.type(RdbType::string);
  if (const auto integer = entry.integer()) return out.string(*integer);
  base::IntegerText unused;
  out.string(entry.text(unused));
}

}  // namespace

keyspace::EntryRef LoadedValue::put(keyspace::Database& database, const keyspace::Key& key,
                                    keyspace::Deadline deadline) && {
  if (type_ == Type::string) return database.set_string(key, string_.text(), deadline);
  return database.put(key, type_, std::move(cell_), deadline);
}

ReadFailure read_value(RdbReader& in, std::uint8_t type, const ValueContext& context,
                       LoadedValue& value) {
  const auto rdb_type = static_cast<RdbType>(type);
  const auto of = type_of(rdb_type);
  if (!of) return read_failure::kUnknownType;
  value.type_ = *of;
  if (*of == Type::string) {
    return in.string(value.string_) ? read_failure::kNone : read_failure::kCutOff;
  }
  return read_collection(in, rdb_type, *of, value.cell_, context);
}

void write_value(RdbWriter& out, keyspace::Database& database, keyspace::EntryRef entry,
                 const ValueContext& context) {
  if (entry.type() == Type::string) return write_string(out, entry);
  keyspace::EntryCell cell(database, entry);
  switch (entry.type()) {
    case Type::list:
      return write_list(out, cell, context);
    case Type::sorted_set:
      return write_sorted_set(out, cell, context);
    case Type::set:
      return write_set(out, cell, context);
    case Type::stream:
      return write_stream(out, cell, context);
    case Type::hash:
      return write_hash(out, cell, context);
    case Type::bloom_filter:
      return write_bloom_filter(out, cell);
    case Type::string:
      return;
  }
}

}  // namespace larder::persist
