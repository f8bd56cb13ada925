#include "families/elements.h"

#include "value/list.h"
#include "value/set.h"
#include "value/sorted_set.h"

namespace larder::families {
namespace {

using keyspace::Type;

value::ListView list_of(const keyspace::EntryRef& entry) noexcept {
  return {entry.packed(), entry.object()};
}
value::SetView set_of(const keyspace::EntryRef& entry, base::UnixMs now) noexcept {
  return {entry.packed(), entry.object(), now};
}
value::SortedSetView sorted_set_of(const keyspace::EntryRef& entry) noexcept {
  return {entry.packed(), entry.object()};
}

}  // namespace

bool has_elements(const keyspace::EntryRef& entry) noexcept {
  const auto type = entry.type();
  return type == Type::list || type == Type::set || type == Type::sorted_set;
}

std::size_t element_count(const keyspace::EntryRef& entry, base::UnixMs now) noexcept {
  switch (entry.type()) {
    case Type::list:
      return list_of(entry).size();
    case Type::set:
      return set_of(entry, now).size();
    default:
      return sorted_set_of(entry).size();
  }
}

void for_each_element(const keyspace::EntryRef& entry, base::UnixMs now, ElementVisitor visit) {
  if (entry.type() != Type::set) {
    return for_each_element(entry, 0, element_count(entry, now), false, visit);
  }
  set_of(entry, now).for_each([&](const value::Item& member) {
    visit(member);
    return true;
  });
}

void for_each_element(const keyspace::EntryRef& entry, std::size_t first, std::size_t count,
                      bool reverse, ElementVisitor visit) {
  if (count == 0) return;
  if (entry.type() == Type::list) {
    const auto start = reverse ? first + count - 1 : first;
    const auto towards = reverse ? value::End::front : value::End::back;
    return list_of(entry).visit(start, count, towards, [&](const char* at) {
      visit(value::read_item(at));
      return true;
    });
  }
  const auto visit_member = [&](std::string_view member, double) { visit({.bytes = member}); };
  const auto set = sorted_set_of(entry);
  reverse ? set.for_each_reverse({first, count}, visit_member)
          : set.for_each({first, count}, visit_member);
}

// Packed members may be shown through a scratch of the walk's own, and what is compressed is.
bool elements_stay(const keyspace::EntryRef& entry) noexcept {
  if (entry.type() == Type::list) return list_of(entry).has_lasting_items();
  return entry.object() != nullptr;
}

}  // namespace larder::families
