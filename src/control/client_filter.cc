#include "control/client_filter.h"

#include <fmt/format.h>

#include "base/numbers.h"
#include "command/arguments.h"
#include "control/client_info.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::control {
namespace {

using Field = ClientCondition::Field;

struct Option {
  std::string_view name;
  Field field;
};

constexpr Option kOptions[] = {
    {"id", Field::id},
    {"type", Field::type},
    {"user", Field::user},
    {"addr", Field::address},
    {"laddr", Field::local_address},
    {"maxage", Field::max_age_s},
    {"flags", Field::flags},
    {"name", Field::name},
    {"idle", Field::idle_s},
    {"lib-name", Field::library_name},
    {"lib-ver", Field::library_version},
    {"db", Field::database},
    {"ip", Field::ip},
    {"capa", Field::capability},
};

const Option* find_option(std::string_view name) {
  for (const auto& option : kOptions) {
    if (base::equal_ignoring_case(name, option.name)) return &option;
  }
  return nullptr;
}

// The class that a TYPE option names; master is the link to a primary, which is no client class of
// its own.
std::optional<std::string_view> type_named(std::string_view name) {
  for (const std::string_view known : {"normal", "pubsub", "replica", "master"}) {
    if (base::equal_ignoring_case(name, known)) return known;
  }
  if (base::equal_ignoring_case(name, "slave")) return "replica";
  if (base::equal_ignoring_case(name, "primary")) return "master";
  return std::nullopt;
}

// Reads the value of one option; the error where it is wrong, empty where it is right.
std::string read_value(ClientCondition& condition, command::ArgReader& reader, command::Args args,
                       bool is_list) {
  switch (condition.field) {
    case Field::id: {
      // As many ids as follow; the first must be one.
      do {
        const auto id = base::parse_i64(args[reader.position()]);
        if (!id || (!is_list && *id <= 0)) {
          if (!condition.ids.empty()) break;
          return is_list ? "ERR Invalid client ID" : "ERR client-id should be greater than 0";
        }
        condition.ids.push_back(static_cast<std::uint64_t>(*id));
        reader.next();
      } while (reader.has_more());
      return {};
    }
    case Field::max_age_s:
    case Field::idle_s:
    case Field::database: {
      const auto text = reader.next();
      const auto number = base::parse_i64(text);
      if (!number) {
        return condition.field == Field::max_age_s ? "ERR maxage is not an integer or out of range"
                                                   : std::string(command::errors::kNotInteger);
      }
      if (*number < (condition.field == Field::max_age_s ? 1 : 0)) {
        return condition.field == Field::max_age_s ? "ERR maxage should be greater than 0"
                                                   : std::string(command::errors::kOutOfRange);
      }
      condition.number = *number;
      return {};
    }
    case Field::type: {
      const auto name = reader.next();
      const auto type = type_named(name);
      if (!type) return fmt::format("ERR Unknown client type '{}'", name);
      condition.text = *type;
      return {};
    }
    case Field::user: {
      condition.text = reader.next();
      if (condition.text != "default" && !condition.negated) {
        return fmt::format("ERR No such user '{}'", condition.text);
      }
      return {};
    }
    default:
      condition.text = reader.next();
      return {};
  }
}

std::string_view ip_of(std::string_view address) { return address.substr(0, address.rfind(':')); }

bool holds(const ClientCondition& condition, const server::Connection& connection,
           base::UnixMs now) {
  const auto& client = connection.client();
  switch (condition.field) {
    case Field::id:
      return std::find(condition.ids.begin(), condition.ids.end(), client.id) !=
             condition.ids.end();
    case Field::type:
      return client_type(connection) == condition.text;
    case Field::user:
      return condition.text == "default";
    case Field::address:
      return client.peer_address == condition.text;
    case Field::local_address:
      return client.local_address == condition.text;
    case Field::max_age_s:
      return (now - client.created_ms) / 1000 >= condition.number;
    case Field::idle_s:
      return (now - client.last_active_ms) / 1000 >= condition.number;
    case Field::flags: {
      const auto flags = client_flags(connection);
      return condition.text.find_first_not_of(flags) == std::string::npos;
    }
    case Field::name:
      return client.name == condition.text;
    case Field::library_name:
      return client.library_name == condition.text;
    case Field::library_version:
      return client.library_version == condition.text;
    case Field::database:
      return client.database == condition.number;
    case Field::ip:
      return ip_of(client.peer_address) == condition.text;
    case Field::capability:
      return client.capa_redirect == (condition.text.find('r') != std::string::npos);
  }
  return false;
}

}  // namespace

std::optional<ClientFilter> ClientFilter::read(server::Call& call, command::Args args,
                                               std::size_t from, bool skip_me) {
  ClientFilter filter;
  filter.skip_me_ = skip_me;
  command::ArgReader reader(args, from);
  while (reader.has_more()) {
    auto name = reader.next();
    if (!reader.has_more()) {
      call.reply.error(command::errors::kSyntax);
      return std::nullopt;
    }
    if (base::equal_ignoring_case(name, "skipme")) {
      const bool yes = reader.take("yes");
      if (!yes && !reader.take("no")) {
        call.reply.error(command::errors::kSyntax);
        return std::nullopt;
      }
      filter.skip_me_ = yes;
      continue;
    }
    ClientCondition condition{};
    condition.negated = name.size() > 4 && base::equal_ignoring_case(name.substr(0, 4), "not-");
    if (condition.negated) name.remove_prefix(4);
    const auto* option = find_option(name);
    if (option == nullptr) {
      call.reply.error(command::errors::kSyntax);
      return std::nullopt;
    }
    condition.field = option->field;
    if (const auto error = read_value(condition, reader, args, !skip_me); !error.empty()) {
      call.reply.error(error);
      return std::nullopt;
    }
    filter.conditions_.push_back(std::move(condition));
  }
  return filter;
}

bool ClientFilter::matches(const server::Connection& connection, const server::Connection& caller,
                           base::UnixMs now) const {
  if (skip_me_ && &connection == &caller) return false;
  for (const auto& condition : conditions_) {
    if (holds(condition, connection, now) == condition.negated) return false;
  }
  return true;
}

}  // namespace larder::control
