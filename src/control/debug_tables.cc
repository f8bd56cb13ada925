// The words are those of Redis's report on its tables, where a slot leads to a chain. Here a slot
// is a page, and its chain the elements that the page holds; a table is never in the middle of
// moving.
#include "control/debug_tables.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "base/numbers.h"
#include "command/context.h"
#include "value/element_table.h"

namespace larder::control {
namespace {

std::string describe(const value::ElementTable& table, bool full) {
  std::map<std::size_t, std::size_t> pages_by_elements;
  std::size_t pages = 0;
  table.for_each_page_count([&](std::size_t elements) {
    ++pages_by_elements[elements];
    ++pages;
  });
  const auto elements = table.element_count();
  auto text = fmt::format(
      "Hash table 0 stats (main hash table):\n table size: {}\n number of elements: {}\n", pages,
      elements);
  if (!full) return text;
  const auto empty = pages_by_elements.find(0);
  const auto used = pages - (empty == pages_by_elements.end() ? 0 : empty->second);
  const auto mean = static_cast<double>(elements) / static_cast<double>(used);
  text += fmt::format(
      " different slots: {}\n max chain length: {}\n avg chain length (counted): {:.2f}\n"
      " avg chain length (computed): {:.2f}\n Chain length distribution:\n",
      used, pages_by_elements.rbegin()->first, mean, mean);
  for (const auto& [length, count] : pages_by_elements) {
    const auto percent = 100 * static_cast<double>(count) / static_cast<double>(pages);
    text += fmt::format("   {}: {} ({:.2f}%)\n", length, count, percent);
  }
  return text;
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
  const auto text = table->element_count() == 0
                        ? std::string(
                              "Hash table 0 stats (main hash table):\nNo stats available "
                              "for empty dictionaries\n")
                        : describe(*table, full);
  ctx.reply.verbatim("txt", text);
}

}  // namespace larder::control
