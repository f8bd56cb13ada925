// The words are those of Redis's report on its tables, where a slot leads to a chain. Here a chain
// is the elements that a page of a collection's table holds, or the keys in a bucket of a
// database's; a table is never in the middle of moving.
#include "control/debug_tables.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "base/numbers.h"
#include "command/context.h"
#include "value/element_table.h"

namespace larder::control {
namespace {

constexpr std::string_view kNoStats = "No stats available for empty dictionaries\n";

// A table's places for elements, the elements, and its chains by their lengths.
struct Shape {
  std::size_t size = 0;
  std::size_t elements = 0;
  std::map<std::size_t, std::size_t> chains = {};
};

std::string describe(const Shape& shape, bool full) {
  const std::string_view title = "Hash table 0 stats (main hash table):\n";
  if (shape.elements == 0) return fmt::format("{}{}", title, kNoStats);
  auto text = fmt::format("{} table size: {}\n number of elements: {}\n", title, shape.size,
                          shape.elements);
  if (!full) return text;
  std::size_t count = 0;
  for (const auto& [length, chains] : shape.chains) count += chains;
  const auto empty = shape.chains.find(0);
  const auto used = count - (empty == shape.chains.end() ? 0 : empty->second);
  const auto mean = static_cast<double>(shape.elements) / static_cast<double>(used);
  text += fmt::format(
      " different slots: {}\n max chain length: {}\n avg chain length (counted): {:.2f}\n"
      " avg chain length (computed): {:.2f}\n Chain length distribution:\n",
      used, shape.chains.rbegin()->first, mean, mean);
  for (const auto& [length, chains] : shape.chains) {
    const auto percent = 100 * static_cast<double>(chains) / static_cast<double>(count);
    text += fmt::format("   {}: {} ({:.2f}%)\n", length, chains, percent);
  }
  return text;
}

Shape shape_of(const value::ElementTable& table) {
  Shape shape{.elements = table.element_count()};
  table.for_each_page_count([&](std::size_t elements) {
    ++shape.chains[elements];
    ++shape.size;
  });
  return shape;
}

Shape shape_of(const keyspace::Database& database) {
  Shape shape{.elements = database.size()};
  const auto buckets = database.table_shape().buckets;
  for (std::size_t keys = 0; keys < buckets.size(); ++keys) {
    shape.size += buckets[keys] * keyspace::Bucket::kSlots;
    if (buckets[keys] != 0) shape.chains[keys] = buckets[keys];
  }
  return shape;
}

}  // namespace

void debug_table_of_key(command::Context& ctx, command::Args args) {
  const auto entry = ctx.database->find(ctx.key(args[2]), keyspace::Touch::no);
  if (!entry) return ctx.reply.error(command::errors::kNoSuchKey);
  auto* object = entry.type() == keyspace::Type::string ? nullptr : entry.object();
  const auto* table = object == nullptr ? nullptr : object->elements();
  if (table == nullptr) {
    return ctx.reply.error(
        "ERR The value stored at the specified key is not represented using an hash table");
  }
  const bool full = args.size() > 3 && base::equal_ignoring_case(args[3], "full");
  ctx.reply.verbatim("txt", describe(shape_of(*table), full));
}

void debug_table_of_database(command::Context& ctx, command::Args args) {
  const auto index = base::parse_i64(args[2]);
  if (!index) return ctx.reply.error(command::errors::kNotInteger);
  if (*index < 0 || *index >= ctx.keyspace.database_count()) {
    return ctx.reply.error("ERR Out of range database");
  }
  const bool full = args.size() > 3 && base::equal_ignoring_case(args[3], "full");
  const auto& database = ctx.keyspace.database(static_cast<int>(*index));
  // Deadlines stand in the entries: there is no table of them.
  ctx.reply.verbatim("txt", fmt::format("[Dictionary HT]\n{}[Expires HT]\n{}",
                                        describe(shape_of(database), full), kNoStats));
}

}  // namespace larder::control
