#include "families/lists_taking.h"

#include <algorithm>
#include <string>
#include <vector>

#include "command/arguments.h"

namespace larder::families {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using keyspace::Type;

namespace {

constexpr std::string_view kCountNotPositive = "ERR count should be greater than 0";

void read_end(ArgReader& reader, End& end) {
  const auto named = end_named(reader.next());
  if (!named) return reader.fail(command::errors::kSyntax);
  end = *named;
}

template <class Options>
std::optional<Options> checked(Context& ctx, const ArgReader& reader, const Options& options) {
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

}  // namespace

std::optional<ManyPop> read_many_pop(Context& ctx, Args args, std::size_t numkeys_at) {
  ManyPop pop;
  ArgReader reader(args, numkeys_at);
  const auto numkeys =
      static_cast<std::size_t>(reader.integer("ERR numkeys should be greater than 0", 1));
  if (reader.ok() && numkeys >= reader.remaining()) reader.fail(command::errors::kSyntax);
  if (reader.ok()) {
    pop.keys = args.subspan(reader.position(), numkeys);
    reader = ArgReader(args, reader.position() + numkeys);
    read_end(reader, pop.end);
  }
  if (reader.take("count")) {
    pop.count = static_cast<std::size_t>(reader.integer(kCountNotPositive, 1));
  }
  if (reader.has_more()) reader.fail(command::errors::kSyntax);
  return checked(ctx, reader, pop);
}

Outcome pop_from_first(Context& ctx, const ManyPop& pop) {
  for (const auto name : pop.keys) {
    const auto key = ctx.key(name);
    const auto entry = find_typed_for_write(ctx, key, Type::list);
    if (!entry) return Outcome::answered;
    if (!*entry) continue;
    OpenList list(ctx, *entry);
    const auto count = std::min(pop.count, list->size());
    ctx.reply.array(2);
    ctx.reply.bulk(name);
    ctx.reply.array(count);
    ctx.journal(pop.end == End::front ? "LPOP" : "RPOP", name, count);
    answer_and_pop(ctx, key, list, pop.end, count);
    return Outcome::answered;
  }
  return Outcome::nothing;
}

std::optional<Move> read_move(Context& ctx, Args args) {
  Move move{.source = args[1], .target = args[2]};
  ArgReader reader(args, 3);
  read_end(reader, move.from);
  read_end(reader, move.to);
  return checked(ctx, reader, move);
}

std::optional<Move> read_many_move(Context& ctx, Args args, std::size_t options_at) {
  auto move = read_move(ctx, args);
  if (!move) return std::nullopt;
  move->is_many = true;
  ArgReader reader(args, options_at);
  if (!reader.has_more()) return move;
  if (reader.remaining() != 3) {
    reader.fail(command::errors::kSyntax);
  } else if (reader.take("exactly")) {
    move->exactly = true;
  } else if (!reader.take("count")) {
    reader.fail(command::errors::kSyntax);
  }
  if (reader.ok()) {
    move->count = static_cast<std::size_t>(reader.integer(kCountNotPositive, 1));
    if (reader.take("bulk")) {
      move->order = Move::Order::bulk;
    } else if (!reader.take("obo")) {
      reader.fail(command::errors::kSyntax);
    }
  }
  return checked(ctx, reader, *move);
}

namespace {

// Takes items out of a list, in the order in which they are to stand in the target.
std::vector<std::string> take(OpenList& list, const Move& move, std::size_t count) {
  std::vector<std::string> texts;
  texts.reserve(count);
  const auto first = move.from == End::front ? 0 : list->size() - count;
  list->visit(first, count, End::back, [&](const char* at) {
    base::IntegerText scratch;
    texts.emplace_back(value::read_item(at).text(scratch));
    return true;
  });
  // One by one to the end that they come from, each passes the one before it.
  if (move.order == Move::Order::one_by_one && move.from == move.to) {
    std::reverse(texts.begin(), texts.end());
  }
  list->pop(move.from, count);
  return texts;
}

void answer_moved(Context& ctx, const Move& move, const std::vector<std::string_view>& texts) {
  if (move.is_many) ctx.reply.array(texts.size());
  for (const auto text : texts) ctx.reply.bulk(text);
}

void journal_move(Context& ctx, const Move& move, std::size_t count) {
  const auto word = [](End end) { return end == End::front ? "LEFT" : "RIGHT"; };
  if (move.from == End::back && move.to == End::front && !move.is_many) {
    return ctx.journal("RPOPLPUSH", move.source, move.target);
  }
  if (!move.is_many) {
    return ctx.journal("LMOVE", move.source, move.target, word(move.from), word(move.to));
  }
  ctx.journal("LMOVEM", move.source, move.target, word(move.from), word(move.to), "EXACTLY", count,
              move.order == Move::Order::bulk ? "BULK" : "OBO");
}

}  // namespace

Outcome move_items(Context& ctx, const Move& move) {
  const auto source = ctx.key(move.source);
  const auto target = ctx.key(move.target);
  auto entry = find_typed_for_write(ctx, source, Type::list);
  if (!entry) return Outcome::answered;
  if (!*entry) return Outcome::nothing;
  if (!find_typed_for_write(ctx, target, Type::list)) return Outcome::answered;
  // Looked up again: asking for the target may have removed what was past its deadline.
  OpenList list(ctx, ctx.database->find(source, keyspace::Touch::no));
  if (move.exactly && list->size() < move.count) return Outcome::nothing;
  const auto count = std::min(move.count, list->size());
  const auto texts = take(list, move, count);
  journal_move(ctx, move, count);
  const bool is_empty = list->size() == 0;

  std::vector<std::string_view> pushed(texts.begin(), texts.end());
  answer_moved(ctx, move, pushed);
  if (move.to == End::front) std::reverse(pushed.begin(), pushed.end());
  const bool is_rotation = source.name == target.name;
  // Both events are of one change.
  if (is_rotation && move.is_many) ctx.followed(Event::list, pop_event(move.from), source.name);
  push_items(ctx, target, move.to, pushed);
  if (is_rotation && move.is_many) return Outcome::answered;
  ctx.followed(Event::list, pop_event(move.from), source.name);
  if (is_empty && !is_rotation) {
    erase_empty(ctx, source, ctx.database->find(source, keyspace::Touch::no));
  }
  return Outcome::answered;
}

}  // namespace larder::families
