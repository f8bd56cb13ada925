#include "persist/element_deadlines.h"

#include "keyspace/keyspace.h"
#include "persist/snapshot_format.h"
#include "value/hash.h"
#include "value/set.h"
#include "value/set_key.h"
#include "value/sorted_set.h"

namespace larder::persist {
namespace {

using keyspace::EntryRef;
using keyspace::Type;

// Of one auxiliary field: enough to make its own costs small.
constexpr std::size_t kBytesMax = 64 * 1024;

class Writer {
 public:
  Writer(RdbWriter& out, std::string_view key, bool compresses) noexcept
      : out_(out), key_(key), field_(bytes_, compresses) {}

  void add(const value::Item& element, base::UnixMs deadline) {
    if (bytes_.empty()) field_.string(key_);
    element.is_integer ? field_.string(element.integer) : field_.string(element.bytes);
    field_.milliseconds(deadline);
    if (bytes_.size() >= kBytesMax) end();
  }

  void end() {
    if (bytes_.empty()) return;
    out_.opcode(RdbOpcode::auxiliary);
    out_.string(auxiliary::kElementDeadlines);
    out_.string(bytes_.view());
    bytes_.clear();
  }

 private:
  RdbWriter& out_;
  std::string_view key_;
  base::ByteBuffer bytes_;
  RdbWriter field_;
};

// Calls `apply(element, deadline)`. False where the bytes end early.
template <class Apply>
bool read_all(RdbReader& in, const ByteSource& source, Apply apply) {
  RdbString element;
  std::int64_t deadline = 0;
  while (!source.is_at_end()) {
    if (!in.string(element) || !in.milliseconds(deadline)) return false;
    if (deadline < 0 || deadline > value::ElementRecord::kDeadlineMax) return false;
    apply(element.text(), deadline);
  }
  return true;
}

bool read_into_hash(RdbReader& in, const ByteSource& source, value::Cell& cell,
                    const ValueContext& context) {
  const auto options = value::HashOptions::from(context.settings, context.hasher, context.now);
  value::Hash hash(cell, options);
  return read_all(in, source, [&hash](std::string_view name, base::UnixMs deadline) {
    if (hash.view().contains(name)) hash.set_deadline(name, deadline);
  });
}

bool read_into_set(RdbReader& in, const ByteSource& source, value::Cell& cell,
                   const ValueContext& context) {
  const auto options = value::SetOptions::from(context.settings, context.hasher, context.now);
  value::Set set(cell, options);
  return read_all(in, source, [&set](std::string_view text, base::UnixMs deadline) {
    const value::SetMember member(text);
    if (set.view().contains(member)) set.set_deadline(member, deadline);
  });
}

bool read_into_sorted_set(RdbReader& in, const ByteSource& source, value::Cell& cell) {
  value::SortedSet set(cell, {});  // nothing is added to it
  return read_all(in, source, [&set](std::string_view member, base::UnixMs deadline) {
    if (set.view().contains(member)) set.set_deadline(member, deadline);
  });
}

void visit_hash(const value::HashView& hash, ElementDeadlineVisitor visit) {
  if (hash.next_deadline() == value::kNoDeadline) return;
  hash.for_each([&](const value::HashField& field) {
    if (field.deadline != value::kNoDeadline) visit(field.name, field.deadline);
  });
}

void visit_set(const value::SetView& set, ElementDeadlineVisitor visit) {
  if (!set.is_table() || set.table()->next_deadline() == value::kNoDeadline) return;
  set.table()->for_each([&](const value::Element& element) {
    const bool has_one = element.deadline != value::kNoDeadline;
    if (has_one && set.is_live(element))
      visit(value::SetKey::member(element.key), element.deadline);
  });
}

void visit_sorted_set(const value::SortedSetView& set, ElementDeadlineVisitor visit) {
  set.for_each_deadline(
      [&](std::string_view member, base::UnixMs deadline) { visit({.bytes = member}, deadline); });
}

}  // namespace

void for_each_element_deadline(const EntryRef& entry, base::UnixMs now,
                               ElementDeadlineVisitor visit) {
  if (entry.type() == Type::hash) {
    visit_hash({entry.packed(), entry.object(), now}, visit);
  } else if (entry.type() == Type::set) {
    visit_set({entry.packed(), entry.object(), now}, visit);
  } else if (entry.type() == Type::sorted_set) {
    visit_sorted_set({entry.packed(), entry.object()}, visit);
  }
}

void write_element_deadlines(RdbWriter& out, const EntryRef& entry, const ValueContext& context) {
  Writer writer(out, entry.key(), context.settings.rdb_compression);
  for_each_element_deadline(
      entry, context.now,
      [&writer](const value::Item& element, base::UnixMs at) { writer.add(element, at); });
  writer.end();
}

bool read_element_deadlines(std::string_view value, keyspace::Database& database,
                            keyspace::Keyspace& keyspace, const ValueContext& context) {
  ByteSource source(value);
  RdbReader in(source);
  RdbString key;
  if (!in.string(key)) return false;
  auto entry = database.find(keyspace.key(key.text()), keyspace::Touch::no);
  if (!entry) return true;  // past its own deadline
  keyspace::EntryCell cell(database, entry);
  bool is_read = false;
  if (entry.type() == Type::hash) {
    is_read = read_into_hash(in, source, cell, context);
  } else if (entry.type() == Type::set) {
    is_read = read_into_set(in, source, cell, context);
  } else if (entry.type() == Type::sorted_set) {
    is_read = read_into_sorted_set(in, source, cell);
  }
  database.count_size(entry);
  return is_read;
}

}  // namespace larder::persist
