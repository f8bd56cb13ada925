#include "families/scanning.h"

#include <charconv>

#include "command/arguments.h"

namespace larder::families {
namespace {

// NOVALUES and NOSCORES, each for its own command.
bool take_only_names(command::ArgReader& reader, Scanned scanned) {
  if (reader.take("novalues")) {
    if (scanned != Scanned::hash) reader.fail("ERR NOVALUES option can only be used in HSCAN");
    return true;
  }
  if (reader.take("noscores")) {
    if (scanned != Scanned::sorted_set) {
      reader.fail("ERR NOSCORES option can only be used in ZSCAN");
    }
    return true;
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> read_cursor(command::Context& ctx, std::string_view text) {
  std::uint64_t cursor = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, cursor);
  if (parsed.ec == std::errc{} && parsed.ptr == end) return cursor;
  ctx.reply.error("ERR invalid cursor");
  return std::nullopt;
}

std::optional<ScanOptions> read_scan_options(command::Context& ctx, command::Args args,
                                             std::size_t from, Scanned scanned) {
  ScanOptions options;
  command::ArgReader reader(args, from);
  while (reader.has_more()) {
    if (reader.remaining() > 1 && reader.take("count")) {
      const auto count = reader.integer();
      if (count < 1) reader.fail(command::errors::kSyntax);
      options.count = static_cast<std::size_t>(count);
    } else if (reader.remaining() > 1 && reader.take("match")) {
      options.pattern = reader.next();
    } else if (reader.remaining() > 1 && scanned == Scanned::keys && reader.take("type")) {
      options.type = reader.next();
    } else if (take_only_names(reader, scanned)) {
      options.only_names = true;
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (!reader.ok()) {
    ctx.reply.error(reader.error());
    return std::nullopt;
  }
  if (options.pattern == "*") options.pattern.reset();
  return options;
}

void answer_cursor(command::Context& ctx, std::uint64_t cursor) {
  char digits[20];
  const auto written = std::to_chars(std::begin(digits), std::end(digits), cursor);
  ctx.reply.array(2);
  ctx.reply.bulk({digits, static_cast<std::size_t>(written.ptr - digits)});
}

void answer_empty_scan(command::Context& ctx) {
  answer_cursor(ctx, 0);
  ctx.reply.array(0);
}

}  // namespace larder::families
