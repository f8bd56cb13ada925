#include "families/encodings.h"

#include "families/sorted_sets.h"
#include "value/hash.h"
#include "value/list.h"
#include "value/set.h"

namespace larder::families {
namespace {

std::string_view of_string(const keyspace::EntryRef& entry) noexcept {
  switch (entry.string_encoding()) {
    case keyspace::StringEncoding::integer:
      return "int";
    case keyspace::StringEncoding::embedded:
      return "embstr";
    case keyspace::StringEncoding::raw:
      break;
  }
  return "raw";
}

std::string_view of_set(const keyspace::EntryRef& entry) noexcept {
  switch (value::SetView(entry.packed(), entry.object()).encoding()) {
    case value::SetEncoding::integers:
      return "intset";
    case value::SetEncoding::packed:
      return "listpack";
    case value::SetEncoding::table:
      break;
  }
  return "hashtable";
}

// Redis's listpackex is a listpack with room for deadlines.
std::string_view of_hash(const keyspace::EntryRef& entry) noexcept {
  const value::HashView hash(entry.packed(), entry.object(), 0);
  if (hash.is_converted()) return "hashtable";
  return hash.has_had_deadlines() ? "listpackex" : "listpack";
}

}  // namespace

std::string_view encoding_name(const keyspace::EntryRef& entry) noexcept {
  switch (entry.type()) {
    case keyspace::Type::string:
      return of_string(entry);
    case keyspace::Type::list:
      return value::ListView(entry.packed(), entry.object()).is_quicklist() ? "quicklist"
                                                                            : "listpack";
    case keyspace::Type::set:
      return of_set(entry);
    case keyspace::Type::stream:
      return "stream";
    case keyspace::Type::bloom_filter:
      return "raw";  // what Redis says of values of modules
    case keyspace::Type::sorted_set:
      return view_of(entry).is_listpack() ? "listpack" : "skiplist";
    case keyspace::Type::hash:
      return of_hash(entry);
    default:
      return "unknown";
  }
}

}  // namespace larder::families
