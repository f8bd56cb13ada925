// Hashes: fields and values one by one, or a zipmap, ziplist or listpack of both in turn; with
// deadlines of fields as Redis 7.4 or Valkey 9 writes them.
#include <algorithm>
#include <optional>

#include "base/byte_buffer.h"
#include "codec/listpack.h"
#include "codec/ziplist.h"
#include "codec/zipmap.h"
#include "persist/value_io.h"
#include "value/hash.h"

namespace larder::persist {
namespace {

constexpr ReadFailure kZipmap = "Zipmap integrity check failed.";
constexpr ReadFailure kZiplist = "Hash ziplist integrity check failed.";
constexpr ReadFailure kListpack = "Hash listpack integrity check failed.";
constexpr ReadFailure kDuplicate = "Duplicate hash fields detected";
constexpr ReadFailure kDeadline = "Hash field expiry out of range";

bool is_deadline(std::int64_t ms) noexcept {
  return ms >= 0 && ms <= value::ElementRecord::kDeadlineMax;
}

// A hash on its way in. Fields that are past their deadline are left out.
class Loading {
 public:
  Loading(value::Cell& cell, const ValueContext& context)
      : options_(value::HashOptions::from(context.settings, context.hasher, context.now)),
        hash_(cell, options_) {}

  bool add(std::string_view name, std::string_view value) { return hash_.set(name, value); }
  bool add_until(std::string_view name, std::string_view value, std::int64_t deadline) {
    return deadline <= options_.now || hash_.set(name, value, deadline);
  }
  bool is_empty() const noexcept { return hash_.view().size() == 0; }

 private:
  value::HashOptions options_;
  value::Hash hash_;
};

template <class Reader>
bool add_pairs(Loading& hash, std::string_view packed) {
  return read_pairs<Reader>(packed, [&hash](std::string_view name, const codec::Element& value) {
    base::IntegerText scratch;
    return hash.add(name, value.text(scratch));
  });
}

bool add_zipmap(Loading& hash, std::string_view packed) {
  codec::ZipmapReader reader(packed);
  for (std::string_view name, value; reader.next(name, value);) {
    if (!hash.add(name, value)) return false;
  }
  return reader.is_whole() && !hash.is_empty();  // Redis takes none for broken
}

// A listpack of names, values and deadlines, 0 for none.
bool add_triples(Loading& hash, std::string_view packed) {
  codec::Element parts[3];
  unsigned count = 0;
  const bool is_sound =
      read_elements<codec::ListpackReader>(packed, [&](const codec::Element& element) {
        parts[count++] = element;
        if (count < 3) return true;
        count = 0;
        base::IntegerText name_digits;
        base::IntegerText value_digits;
        const auto name = parts[0].text(name_digits);
        const auto value = parts[1].text(value_digits);
        const auto& deadline = parts[2];
        if (!deadline.is_integer || !is_deadline(deadline.integer)) return false;
        if (deadline.integer == 0) return hash.add(name, value);
        return hash.add_until(name, value, deadline.integer);
      });
  return is_sound && count == 0;
}

ReadFailure read_packed(RdbReader& in, RdbType type, Loading& hash) {
  RdbString packed;
  if (!in.string(packed)) return read_failure::kCutOff;
  switch (type) {
    case RdbType::hash_zipmap:
      return add_zipmap(hash, packed.text()) ? read_failure::kNone : kZipmap;
    case RdbType::hash_ziplist:
      return add_pairs<codec::ZiplistReader>(hash, packed.text()) ? read_failure::kNone : kZiplist;
    case RdbType::hash_deadlines_listpack:
      return add_triples(hash, packed.text()) ? read_failure::kNone : kListpack;
    default:
      return add_pairs<codec::ListpackReader>(hash, packed.text()) ? read_failure::kNone
                                                                   : kListpack;
  }
}

ReadFailure read_fields(RdbReader& in, Loading& hash) {
  std::uint64_t count = 0;
  if (!in.length(count)) return read_failure::kCutOff;
  RdbString name;
  RdbString value;
  for (; count > 0; --count) {
    if (!in.string(name) || !in.string(value)) return read_failure::kCutOff;
    if (!hash.add(name.text(), value.text())) return kDuplicate;
  }
  return read_failure::kNone;
}

// As Valkey 9 has them: the deadline behind each field, -1 for none.
ReadFailure read_fields_of_valkey(RdbReader& in, Loading& hash) {
  std::uint64_t count = 0;
  if (!in.length(count)) return read_failure::kCutOff;
  RdbString name;
  RdbString value;
  for (; count > 0; --count) {
    std::int64_t deadline = 0;
    if (!in.string(name) || !in.string(value) || !in.milliseconds(deadline)) {
      return read_failure::kCutOff;
    }
    if (deadline != -1 && !is_deadline(deadline)) return kDeadline;
    const bool is_new = deadline == -1 ? hash.add(name.text(), value.text())
                                       : hash.add_until(name.text(), value.text(), deadline);
    if (!is_new) return kDuplicate;
  }
  return read_failure::kNone;
}

// As Redis 7.4 has them: before each field, how far its deadline is from the first one of all, plus
// one; 0 for none.
ReadFailure read_fields_of_redis(RdbReader& in, std::int64_t first_deadline, Loading& hash) {
  std::uint64_t count = 0;
  if (!in.length(count)) return read_failure::kCutOff;
  RdbString name;
  RdbString value;
  for (; count > 0; --count) {
    std::uint64_t distance = 0;
    if (!in.length(distance) || !in.string(name) || !in.string(value)) {
      return read_failure::kCutOff;
    }
    if (distance == 0) {
      if (!hash.add(name.text(), value.text())) return kDuplicate;
      continue;
    }
    if (distance > static_cast<std::uint64_t>(value::ElementRecord::kDeadlineMax)) return kDeadline;
    const auto deadline = first_deadline + static_cast<std::int64_t>(distance) - 1;
    if (!is_deadline(deadline)) return kDeadline;
    if (!hash.add_until(name.text(), value.text(), deadline)) return kDuplicate;
  }
  return read_failure::kNone;
}

ReadFailure read_content(RdbReader& in, RdbType type, Loading& hash) {
  if (type == RdbType::hash) return read_fields(in, hash);
  if (type == RdbType::hash_deadlines_valkey) return read_fields_of_valkey(in, hash);
  const bool is_of_redis_7_4 =
      type == RdbType::hash_deadlines || type == RdbType::hash_deadlines_listpack;
  if (!is_of_redis_7_4) return read_packed(in, type, hash);
  std::int64_t first_deadline = 0;
  if (!in.milliseconds(first_deadline)) return read_failure::kCutOff;
  if (!is_deadline(first_deadline)) return kDeadline;
  if (type == RdbType::hash_deadlines_listpack) return read_packed(in, type, hash);
  return read_fields_of_redis(in, first_deadline, hash);
}

void write_item(RdbWriter& out, const value::Item& item) {
  item.is_integer ? out.string(item.integer) : out.string(item.bytes);
}

void write_listpack(RdbWriter& out, const value::HashView& hash) {
  base::ByteBuffer buffer;
  codec::ListpackWriter listpack(buffer);
  const auto append = [&listpack](const value::Item& item) {
    item.is_integer ? listpack.append(item.integer) : listpack.append(item.bytes);
  };
  hash.for_each([&append](const value::HashField& field) {
    append(field.name);
    append(field.value);
  });
  listpack.finish();
  out.type(RdbType::hash_listpack);
  out.string(buffer.view());
}

void write_with_deadlines(RdbWriter& out, const value::HashView& hash,
                          std::int64_t first_deadline) {
  out.require_version(kRdbVersionWithDeadlines);
  out.type(RdbType::hash_deadlines);
  out.milliseconds(first_deadline);
  out.length(hash.size());
  hash.for_each([&](const value::HashField& field) {
    const bool has_deadline = field.deadline != value::kNoDeadline;
    out.length(has_deadline ? static_cast<std::uint64_t>(field.deadline - first_deadline + 1) : 0);
    write_item(out, field.name);
    write_item(out, field.value);
  });
}

}  // namespace

ReadFailure read_hash(RdbReader& in, RdbType type, value::Cell& cell, const ValueContext& context) {
  Loading hash(cell, context);
  const auto failure = read_content(in, type, hash);
  if (!failure.empty()) return failure;
  return hash.is_empty() ? read_failure::kEmptyCollection : read_failure::kNone;
}

void write_hash(RdbWriter& out, value::Cell& cell, const ValueContext& context) {
  const value::HashView hash(cell.packed(), cell.object(), context.now);
  auto first_deadline = value::kNoDeadline;
  if (out.may_write(kRdbVersionWithDeadlines) &&
      hash.next_deadline() != value::kNoDeadline) {  // a lower bound of those that are live
    hash.for_each([&first_deadline](const value::HashField& field) {
      first_deadline = std::min(first_deadline, field.deadline);
    });
  }
  if (first_deadline != value::kNoDeadline) return write_with_deadlines(out, hash, first_deadline);
  if (!hash.is_converted() && fits_listpack(cell)) return write_listpack(out, hash);
  out.type(RdbType::hash);
  out.length(hash.size());
  hash.for_each([&out](const value::HashField& field) {
    write_item(out, field.name);
    write_item(out, field.value);
  });
}

}  // namespace larder::persist
