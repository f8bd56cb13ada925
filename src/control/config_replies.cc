#include <fmt/format.h>

#include <vector>

#include "base/log.h"
#include "command/errors.h"
#include "control/config.h"
#include "settings/rewrite.h"

namespace larder::control {

void reply_config_get(const settings::Table& table, command::Args args, resp::Writer& reply) {
  const auto shown = table.matching(args.subspan(2));
  reply.map(shown.size());
  for (const auto& [name, value] : shown) {
    reply.bulk(name);
    reply.bulk(value);
  }
}

void reply_config_set(settings::Table& table, command::Args args, settings::Table::Caller caller,
                      resp::Writer& reply) {
  const auto pairs = args.subspan(2);
  if (pairs.size() % 2 != 0) return reply.error(command::errors::kSyntax);
  std::vector<settings::Table::Assignment> assignments;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    assignments.push_back({pairs[i], pairs[i + 1]});
  }
  const auto done = table.set(assignments, caller);
  if (done) return reply.ok();
  if (done.error().because_loading) return reply.error(command::errors::kLoading);
  reply.error("ERR " + done.error().text);
}

void reply_config_rewrite(const settings::Table& table, const std::string& file,
                          resp::Writer& reply) {
  if (file.empty()) return reply.error("ERR The server is running without a config file");
  const auto done = settings::rewrite_file(table, file);
  if (!done) {
    log::warning("CONFIG REWRITE failed: {}", done.error());
    return reply.error(fmt::format("ERR Rewriting config file: {}", done.error()));
  }
  log::notice("CONFIG REWRITE executed with success.");
  reply.ok();
}

bool is_allowed(settings::Allow allow, bool is_local_client) noexcept {
  return allow == settings::Allow::yes || (allow == settings::Allow::local && is_local_client);
}

}  // namespace larder::control
