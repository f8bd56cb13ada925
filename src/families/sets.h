// What the files of set commands share.
#pragma once

#include <utility>

#include "families/collections.h"
#include "value/set.h"

namespace larder::families {

inline value::SetOptions set_options(const command::Context& ctx) noexcept {
  return value::SetOptions::from(ctx.settings, ctx.keyspace.hasher(), ctx.now());
}

// A set to be changed. `entry` stays valid meanwhile.
class EditedSet : public value::Set {
 public:
  EditedSet(command::Context& ctx, keyspace::EntryRef& entry) noexcept
      : Set(cell_, options_), cell_(*ctx.database, entry), options_(set_options(ctx)) {}

 private:
  keyspace::EntryCell cell_;
  value::SetOptions options_;
};

// A set that is made apart from any database.
class NewSet : public value::Set {
 public:
  explicit NewSet(const command::Context& ctx) noexcept
      : Set(cell_, options_), options_(set_options(ctx)) {}

  value::FreeCell take() noexcept { return std::move(cell_); }

 private:
  value::FreeCell cell_;
  value::SetOptions options_;
};

// The set of `entry`; the empty set where there is no entry. Valid as long as that.
inline value::SetView set_of(const command::Context& ctx,
                             const keyspace::EntryRef& entry) noexcept {
  return entry ? value::SetView(entry.packed(), entry.object(), ctx.now()) : value::SetView();
}

inline void answer_member(command::Context& ctx, const value::Item& member) {
  member.is_integer ? ctx.reply.bulk_integer(member.integer) : ctx.reply.bulk(member.bytes);
}

inline void answer_members(command::Context& ctx, const value::SetView& set) {
  set.for_each([&](const value::Item& member) {
    answer_member(ctx, member);
    return true;
  });
}

}  // namespace larder::families
