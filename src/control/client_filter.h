// Which clients CLIENT LIST shows and CLIENT KILL closes: by id, type, user, address, age, name,
// library, database and their negations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/spec.h"
#include "server/call.h"

namespace larder::control {

// One condition; all of a filter's must hold.
struct ClientCondition {
  enum class Field : std::uint8_t {
    id,
    type,
    user,
    address,
    local_address,
    max_age_s,
    flags,
    name,
    idle_s,
    library_name,
    library_version,
    database,
    ip,
    capability,
  };
  Field field;
  bool negated = false;
  std::vector<std::uint64_t> ids;
  std::int64_t number = 0;
  std::string text;
};

class ClientFilter {
 public:
  // Reads options from args[from] on. Answers the error and returns nothing where they are wrong.
  // `skip_me` is what holds without a SKIPME option.
  static std::optional<ClientFilter> read(server::Call& call, command::Args args, std::size_t from,
                                          bool skip_me);

  bool matches(const server::Connection& connection, const server::Connection& caller,
               base::UnixMs now) const;

 private:
  std::vector<ClientCondition> conditions_;
  bool skip_me_ = false;
};

}  // namespace larder::control
