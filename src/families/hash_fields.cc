#include "families/hash_fields.h"

#include <string>

#include "value/element_record.h"

namespace larder::families {

std::optional<command::Args> read_field_names(command::Context& ctx, command::Args args,
                                              std::size_t at, std::string_view count_error) {
  if (at + 1 >= args.size() || !base::equal_ignoring_case(args[at], "fields")) {
    ctx.reply.error("ERR Mandatory argument FIELDS is missing or not at the right position");
    return std::nullopt;
  }
  const auto count = base::parse_i64(args[at + 1]);
  if (!count || *count < 1) {
    ctx.reply.error(count_error);
    return std::nullopt;
  }
  const auto names = args.subspan(at + 2);
  if (static_cast<std::uint64_t>(*count) != names.size()) {
    ctx.reply.error("ERR The `numfields` parameter must match the number of arguments");
    return std::nullopt;
  }
  return names;
}

std::optional<base::UnixMs> read_field_deadline(command::Context& ctx, std::string_view text,
                                                TimeForm form) {
  const auto number = base::parse_i64(text);
  if (!number) {
    ctx.reply.error(command::errors::kNotInteger);
    return std::nullopt;
  }
  if (*number < 0) {
    ctx.reply.error("ERR invalid expire time, must be >= 0");
    return std::nullopt;
  }
  const auto start = form.from_now ? ctx.wall_ms() : 0;
  if (*number > (value::ElementRecord::kDeadlineMax - start) / form.unit_ms) {
    std::string error = "ERR invalid expire time in '";
    error += ctx.spec->name;
    error += "' command";
    ctx.reply.error(error);
    return std::nullopt;
  }
  return start + *number * form.unit_ms;
}

}  // namespace larder::families
