#include "families/expiry.h"

#include <limits>
#include <string>

namespace larder::families {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

bool in_seconds(ExpiryKind kind) noexcept {
  return kind == ExpiryKind::ex || kind == ExpiryKind::exat;
}
bool from_now(ExpiryKind kind) noexcept { return kind == ExpiryKind::ex || kind == ExpiryKind::px; }

void answer_invalid(command::Context& ctx) {
  std::string text = "ERR invalid expire time in '";
  text += ctx.spec->name;
  text += "' command";
  ctx.reply.error(text);
}

}  // namespace

bool take_expiry(command::ArgReader& reader, ExpiryKind word, Expiry& expiry) noexcept {
  ExpiryKind kind = ExpiryKind::none;
  if (reader.take("ex")) {
    kind = ExpiryKind::ex;
  } else if (reader.take("px")) {
    kind = ExpiryKind::px;
  } else if (reader.take("exat")) {
    kind = ExpiryKind::exat;
  } else if (reader.take("pxat")) {
    kind = ExpiryKind::pxat;
  } else if (reader.take(word == ExpiryKind::keep ? "keepttl" : "persist")) {
    kind = word;
  } else {
    return false;
  }
  if (expiry.kind != ExpiryKind::none && expiry.kind != kind) {
    reader.fail(command::errors::kSyntax);
    return true;
  }
  expiry.kind = kind;
  if (expiry.has_number()) expiry.number = reader.next();
  return true;
}

std::optional<Deadline> resolve(command::Context& ctx, const Expiry& expiry) {
  auto time = base::parse_i64(expiry.number);
  if (!time) {
    ctx.reply.error(command::errors::kNotInteger);
    return std::nullopt;
  }
  const bool fits = *time > 0 && (!in_seconds(expiry.kind) || *time <= kMax / 1000);
  const auto ms = fits && in_seconds(expiry.kind) ? *time * 1000 : *time;
  if (!fits || (from_now(expiry.kind) && ms > kMax - ctx.wall_ms())) {
    answer_invalid(ctx);
    return std::nullopt;
  }
  return from_now(expiry.kind) ? deadline_after(ctx, ms) : deadline_at(ctx, ms);
}

}  // namespace larder::families
