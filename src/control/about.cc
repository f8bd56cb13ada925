// TIME and LOLWUT: what the clock says, and what the larder holds today.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "larder/version.h"
#include "server/call.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
namespace errors = command::errors;
namespace flag = command::flag;

void time(Context& ctx, Args) {
  const auto now_us = call_of(ctx).server.script_executor().now_us();
  ctx.reply.array(2);
  ctx.reply.bulk_integer(now_us / 1'000'000);
  ctx.reply.bulk_integer(now_us % 1'000'000);
}

constexpr std::int64_t kShelvesMax = 16;
constexpr std::int64_t kJarsMax = 32;

// One line of a shelf at a time: jars of three lines, or the gap where one was taken.
void draw_shelf(std::string& art, std::int64_t jars, base::Random& random) {
  constexpr std::string_view kContents[] = {"oo", "::", "##", "%%", "~~", "**", "\"\"", "vv"};
  std::string lines[3];
  for (std::int64_t i = 0; i < jars; ++i) {
    if (random.below(5) == 0) {
      for (auto& line : lines) line += "      ";
      continue;
    }
    const auto content = kContents[random.below(std::size(kContents))];
    const bool is_full = random.below(3) != 0;
    lines[0] += "  __  ";
    lines[1] += fmt::format(" |{}| ", is_full ? content : "  ");
    lines[2] += fmt::format(" |{}| ", content);
  }
  for (const auto& line : lines) art += line + '\n';
  art += std::string(static_cast<std::size_t>(jars) * 6, '=') + '\n';
}

void lolwut(Context& ctx, Args args) {
  std::int64_t shelves = 3;
  std::int64_t jars = 8;
  command::ArgReader reader(args, 1);
  if (reader.remaining() > 1 && reader.take("version")) reader.integer();  // there is one picture
  if (reader.has_more()) shelves = reader.integer(errors::kOutOfRange, 1, kShelvesMax);
  if (reader.has_more()) jars = reader.integer(errors::kOutOfRange, 1, kJarsMax);
  if (!reader.ok()) return ctx.reply.error(reader.error());
  std::string art;
  for (std::int64_t i = 0; i < shelves; ++i) draw_shelf(art, jars, ctx.random);
  art += fmt::format("\nWhat a full larder keeps, nobody has to fetch. Larder ver. {}\n",
                     kLarderVersion);
  ctx.reply.verbatim("txt", art);
}

constexpr command::Spec kSpecs[] = {
    {.name = "lolwut",
     .arity = -1,
     .group = command::Group::server,
     .since = "5.0.0",
     .flags = flag::readonly | flag::fast,
     .complexity = "O(N) where N is the number of jars",
     .summary = "Draws a larder.",
     .arguments = "[VERSION version:integer] [shelves:integer] [jars:integer]",
     .handler = lolwut},
    {.name = "time",
     .arity = 1,
     .group = command::Group::server,
     .since = "2.6.0",
     .flags = flag::loading | flag::stale | flag::fast,
     .complexity = "O(1)",
     .summary = "Returns the server's time: Unix seconds and microseconds.",
     .tips = "nondeterministic_output",
     .handler = time},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> about_commands() { return kSpecs; }

}  // namespace larder::control
