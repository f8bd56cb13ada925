// Sets: members one by one, an intset, or a listpack.
#include <algorithm>
#include <vector>

#include "base/byte_buffer.h"
#include "codec/intset.h"
#include "codec/listpack.h"
#include "persist/value_io.h"
#include "value/set.h"

namespace larder::persist {
namespace {

constexpr ReadFailure kIntset = "Intset integrity check failed.";
constexpr ReadFailure kListpack = "Set listpack integrity check failed.";
constexpr ReadFailure kDuplicate = "Duplicate set members detected";

ReadFailure read_members(RdbReader& in, value::Set& set) {
  std::uint64_t count = 0;
  if (!in.length(count)) return read_failure::kCutOff;
  for (RdbString member; count > 0; --count) {
    if (!in.string(member)) return read_failure::kCutOff;
    if (!set.add(value::SetMember(member.text()))) return kDuplicate;
  }
  return read_failure::kNone;
}

bool add_intset(value::Set& set, std::string_view packed) {
  const auto integers = codec::Intset::open(packed);
  if (!integers) return false;
  for (std::size_t i = 0; i < integers->count(); ++i) set.add(value::SetMember((*integers)[i]));
  return true;
}

bool add_listpack(value::Set& set, std::string_view packed) {
  return read_elements<codec::ListpackReader>(packed, [&set](const codec::Element& element) {
    base::IntegerText scratch;
    return set.add(value::SetMember(element.text(scratch)));
  });
}

ReadFailure read_content(RdbReader& in, RdbType type, value::Set& set) {
  if (type == RdbType::set) return read_members(in, set);
  RdbString packed;
  if (!in.string(packed)) return read_failure::kCutOff;
  if (type == RdbType::set_intset) {
    return add_intset(set, packed.text()) ? read_failure::kNone : kIntset;
  }
  return add_listpack(set, packed.text()) ? read_failure::kNone : kListpack;
}

void write_integers(RdbWriter& out, const value::SetView& set) {
  std::vector<std::int64_t> integers;
  integers.reserve(set.size());
  set.for_each([&integers](const value::Item& member) {
    integers.push_back(member.integer);
    return true;
  });
  base::ByteBuffer packed;
  codec::append_intset(packed, integers);
  out.type(RdbType::set_intset);
  out.string(packed.view());
}

}  // namespace

ReadFailure read_set(RdbReader& in, RdbType type, value::Cell& cell, const ValueContext& context) {
  const auto options = value::SetOptions::from(context.settings, context.hasher, context.now);
  value::Set set(cell, options);
  const auto failure = read_content(in, type, set);
  if (!failure.empty()) return failure;
  return set.size() == 0 ? read_failure::kEmptyCollection : read_failure::kNone;
}

void write_set(RdbWriter& out, value::Cell& cell, const ValueContext& context) {
  const value::SetView set(cell.packed(), cell.object(), context.now);
  if (set.encoding() == value::SetEncoding::integers && !set.is_table()) {
    return write_integers(out, set);
  }
  out.type(RdbType::set);
  out.length(set.size());
  set.for_each([&out](const value::Item& member) {
    member.is_integer ? out.string(member.integer) : out.string(member.bytes);
    return true;
  });
}

}  // namespace larder::persist
