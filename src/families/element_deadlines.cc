#include "families/element_deadlines.h"

#include "families/hashes.h"
#include "families/journal_forms.h"
#include "families/sets.h"
#include "families/sorted_sets.h"

namespace larder::families {
namespace {

using command::Event;
using keyspace::Type;

// What is told of the elements of a type.
struct Events {
  Event event;
  std::string_view expire;
  std::string_view persist;
  std::string_view removal;
  std::string_view command;  // that removes
};

constexpr Events events_of(Type type) noexcept {
  switch (type) {
    case Type::hash:
      return {Event::hash, "hexpire", "hpersist", "hdel", "HDEL"};
    case Type::set:
      return {Event::set, "sexpire", "spersist", "srem", "SREM"};
    default:
      return {Event::sorted_set, "zexpire", "zpersist", "zrem", "ZREM"};
  }
}

// True where it was the last one.
bool erase_without_telling(command::Context& ctx, keyspace::EntryRef& entry,
                           std::string_view element) {
  if (entry.type() == Type::hash) {
    EditedHash hash(ctx, entry);
    hash.erase(element);
    return hash.is_empty();
  }
  if (entry.type() == Type::set) {
    EditedSet set(ctx, entry);
    set.remove(value::SetMember(element));
    return set.size() == 0;
  }
  SortedSetEntry set(ctx, entry);
  set->erase(element);
  entry = set.entry();
  return set->size() == 0;
}

}  // namespace

bool has_element_deadlines(Type type) noexcept {
  return type == Type::hash || type == Type::set || type == Type::sorted_set;
}

std::optional<Deadline> element_deadline(const command::Context& ctx,
                                         const keyspace::EntryRef& entry,
                                         std::string_view element) {
  if (entry.type() == Type::set) return set_of(ctx, entry).deadline(value::SetMember(element));
  if (entry.type() == Type::hash) {
    const auto field = hash_of(ctx, entry).find(element);
    return field ? std::optional(field->deadline) : std::nullopt;
  }
  const auto set = view_of(entry, ctx.now());
  return set.contains(element) ? std::optional(set.deadline(element)) : std::nullopt;
}

void set_element_deadline(command::Context& ctx, const keyspace::Key& key,
                          keyspace::EntryRef& entry, std::string_view element, Deadline deadline) {
  const auto events = events_of(entry.type());
  if (entry.type() == Type::hash) {
    EditedHash(ctx, entry).set_deadline(element, deadline);
  } else if (entry.type() == Type::set) {
    EditedSet(ctx, entry).set_deadline(value::SetMember(element), deadline);
  } else {
    SortedSetEntry set(ctx, entry);
    set->set_deadline(element, deadline);
    entry = set.entry();
  }
  ctx.changed(events.event, deadline == kNever ? events.persist : events.expire, key.name);
  if (entry.type() == Type::hash) {
    journal_field_deadlines(ctx, key.name, deadline, {&element, 1});
  } else if (deadline != kNever) {  // otherwise PERSIST says it as it was sent
    ctx.journal("PEXPIREMEMBERAT", key.name, element, deadline);
  }
}

void erase_element(command::Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry,
                   std::string_view element) {
  const auto events = events_of(entry.type());
  const bool was_last = erase_without_telling(ctx, entry, element);
  ctx.changed(events.event, events.removal, key.name);
  if (was_last) erase_empty(ctx, key, entry);
  ctx.journal(events.command, key.name, element);
}

}  // namespace larder::families
