#include "server/quotas.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "command/table.h"
#include "server/memory_limit.h"
#include "server/server.h"

namespace larder::server {

base::Result<void> Quotas::apply() {
  std::vector<keyspace::PartRules> rules;
  for (const auto& quota : server_.settings().quota) {
    if (quota.database && *quota.database >= keyspace_.database_count()) {
      return base::failure(fmt::format("quota: '{}' is about database {}, of {} databases",
                                       quota.name, *quota.database, keyspace_.database_count()));
    }
    auto& rule = rules.emplace_back();
    rule.name = quota.name;
    rule.database = quota.database;
    rule.prefix = quota.prefix;
    rule.limit_bytes = static_cast<std::size_t>(quota.maxmemory);
    if (quota.value_compression) {
      rule.compresses = *quota.value_compression == settings::ValueCompression::lz4;
    }
    if (!quota.maxmemory_policy) continue;
    const auto policy = eviction_rules(*quota.maxmemory_policy);
    rule.policy = {policy.order, policy.only_with_deadline};
  }
  keyspace_.set_parts(std::move(rules));
  return {};
}

void Quotas::apply_compression() {
  const auto& settings = server_.settings();
  keyspace_.set_compression(settings.value_compression == settings::ValueCompression::lz4,
                            static_cast<std::size_t>(settings.value_compression_min_bytes));
}

void Quotas::make_room() {
  auto& parts = *keyspace_.parts();
  if (server_.pause().is_on()) return;
  constexpr unsigned kKeysPerLook = 4;
  std::int64_t until_us = 0;  // mostly nobody needs to know the time
  for (auto& part : parts.all()) {
    for (unsigned keys = 1; part.is_full(); ++keys) {
      if (keyspace_.evict_from(part) == keyspace::Keyspace::Evicted::nothing_to_evict) break;
      if (keys % kKeysPerLook != 0) continue;
      const auto now_us = base::monotonic_us();
      if (until_us == 0) {
        until_us = now_us + eviction_round_us(server_.settings().maxmemory_eviction_tenacity);
      }
      if (now_us < until_us) continue;
      go_on_later();
      return;
    }
  }
  parts.look_again();
}

// The command's keys are looked for only while a part is full: it need not be a quick thing.
std::string Quotas::refusal(const command::Spec& spec, command::Args args, int database) {
  if (!is_any_full()) return {};
  const auto positions = command::find_keys(spec, args);
  if (!positions.ok) return {};
  auto& from = keyspace_.database(database);
  for (const auto& position : positions.keys) {
    auto* const part = from.part_of(args[position.index]);
    if (part == nullptr || !part->is_full() || keyspace_.evicts(*part)) continue;
    ++part->counters.refused;
    return fmt::format("OOM command not allowed when used memory of quota '{}' > its 'maxmemory'.",
                       part->rules.name);
  }
  return {};
}

void Quotas::go_on_later() {
  if (std::exchange(goes_on_, true)) return;
  server_.loop().post([this] {
    goes_on_ = false;
    server_.begin_turn();
    if (!is_any_full() || server_.script_executor().is_busy()) return;
    make_room();
    if (server_.blocking().has_ready()) server_.blocking().serve();
  });
}

}  // namespace larder::server
