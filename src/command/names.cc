#include "command/names.h"

#include "base/numbers.h"

namespace larder::command {
namespace {

template <class Bits>
struct Named {
  Bits bit;
  std::string_view name;
};

constexpr Named<Flags> kFlags[] = {
    {flag::write, "write"},
    {flag::readonly, "readonly"},
    {flag::denyoom, "denyoom"},
    {flag::admin, "admin"},
    {flag::pubsub, "pubsub"},
    {flag::noscript, "noscript"},
    {flag::blocking, "blocking"},
    {flag::loading, "loading"},
    {flag::stale, "stale"},
    {flag::skip_monitor, "skip_monitor"},
    {flag::skip_slowlog, "skip_slowlog"},
    {flag::asking, "asking"},
    {flag::fast, "fast"},
    {flag::no_auth, "no_auth"},
    {flag::may_replicate, "may_replicate"},
    {flag::no_mandatory_keys, "no_mandatory_keys"},
    {flag::no_multi, "no_multi"},
    {flag::movablekeys, "movablekeys"},
    {flag::allow_busy, "allow_busy"},
    {flag::no_async_loading, "no_async_loading"},
};

constexpr Named<Categories> kCategories[] = {
    {category::keyspace, "keyspace"},
    {category::read, "read"},
    {category::write, "write"},
    {category::set, "set"},
    {category::sortedset, "sortedset"},
    {category::list, "list"},
    {category::hash, "hash"},
    {category::string, "string"},
    {category::bitmap, "bitmap"},
    {category::hyperloglog, "hyperloglog"},
    {category::geo, "geo"},
    {category::stream, "stream"},
    {category::pubsub, "pubsub"},
    {category::admin, "admin"},
    {category::fast, "fast"},
    {category::slow, "slow"},
    {category::blocking, "blocking"},
    {category::dangerous, "dangerous"},
    {category::connection, "connection"},
    {category::transaction, "transaction"},
    {category::scripting, "scripting"},
};

constexpr Named<KeyFlags> kKeyFlags[] = {
    {key_flag::ro, "RO"},
    {key_flag::rw, "RW"},
    {key_flag::ow, "OW"},
    {key_flag::rm, "RM"},
    {key_flag::access, "access"},
    {key_flag::update, "update"},
    {key_flag::insert, "insert"},
    {key_flag::remove, "delete"},
    {key_flag::not_key, "not_key"},
    {key_flag::incomplete, "incomplete"},
    {key_flag::variable_flags, "variable_flags"},
};

template <class Bits, std::size_t N>
std::vector<std::string_view> names_of(Bits bits, const Named<Bits> (&names)[N]) {
  std::vector<std::string_view> found;
  for (const auto& [bit, name] : names) {
    if ((bits & bit) != 0) found.push_back(name);
  }
  return found;
}

}  // namespace

std::string_view group_name(Group group) noexcept {
  switch (group) {
    case Group::generic:
      return "generic";
    case Group::string:
      return "string";
    case Group::list:
      return "list";
    case Group::set:
      return "set";
    case Group::sorted_set:
      return "sorted-set";
    case Group::hash:
      return "hash";
    case Group::pubsub:
      return "pubsub";
    case Group::transactions:
      return "transactions";
    case Group::connection:
      return "connection";
    case Group::server:
      return "server";
    case Group::scripting:
      return "scripting";
    case Group::hyperloglog:
      return "hyperloglog";
    case Group::cluster:
      return "cluster";
    case Group::geo:
      return "geo";
    case Group::stream:
      return "stream";
    case Group::bitmap:
      return "bitmap";
    case Group::bloom:
      return "bf";
  }
  return "generic";
}

std::vector<std::string_view> flag_names(Flags flags) { return names_of(flags, kFlags); }
std::vector<std::string_view> category_names(Categories categories) {
  return names_of(categories, kCategories);
}
std::vector<std::string_view> key_flag_names(KeyFlags flags) { return names_of(flags, kKeyFlags); }

Categories category_named(std::string_view name) noexcept {
  for (const auto& [bit, known] : kCategories) {
    if (base::equal_ignoring_case(known, name)) return bit;
  }
  return 0;
}

}  // namespace larder::command
