// What the files of hash commands share.
#pragma once

#include "families/collections.h"
#include "value/hash.h"

namespace larder::families {

inline value::HashOptions hash_options(const command::Context& ctx) noexcept {
  return value::HashOptions::from(ctx.settings, ctx.keyspace.hasher(), ctx.now());
}

// A hash to be changed. `entry` stays valid meanwhile.
class EditedHash : public value::Hash {
 public:
  EditedHash(command::Context& ctx, keyspace::EntryRef& entry) noexcept
      : Hash(cell_, options_), cell_(*ctx.database, entry), options_(hash_options(ctx)) {}

 private:
  keyspace::EntryCell cell_;
  value::HashOptions options_;
};

// The hash of `entry`; an empty one where there is no entry. Valid as long as that.
inline value::HashView hash_of(const command::Context& ctx,
                               const keyspace::EntryRef& entry) noexcept {
  return entry ? value::HashView(entry.packed(), entry.object(), ctx.now())
               : value::HashView({}, nullptr, ctx.now());
}

// The hash of a key, for reading; nothing where the key is of another type, which has been
// answered.
inline std::optional<value::HashView> read_hash(command::Context& ctx, std::string_view name) {
  const auto entry = find_typed_for_read(ctx, ctx.key(name), keyspace::Type::hash);
  if (!entry) return std::nullopt;
  return hash_of(ctx, *entry);
}

inline void answer_item(command::Context& ctx, const value::Item& item) {
  item.is_integer ? ctx.reply.bulk_integer(item.integer) : ctx.reply.bulk(item.bytes);
}

inline void answer_value_or_null(command::Context& ctx,
                                 const std::optional<value::HashField>& field) {
  field ? answer_item(ctx, field->value) : ctx.reply.null();
}

}  // namespace larder::families
