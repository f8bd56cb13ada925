// Taking items from one of several lists and moving them between two: what the commands that do it
// at once share with those that wait for something to be there.
#pragma once

#include <optional>
#include <string_view>

#include "command/context.h"
#include "families/lists.h"

namespace larder::families {

enum class Outcome : std::uint8_t {
  nothing,  // there was nothing to take; no reply was written
  answered
};

struct ManyPop {
  command::Args keys;
  End end = End::front;
  std::size_t count = 1;
};

// Reads `numkeys key [key ...] LEFT|RIGHT [COUNT count]`; answers an error where it is not that.
std::optional<ManyPop> read_many_pop(command::Context& ctx, command::Args args,
                                     std::size_t numkeys_at);

// Takes from the first key that there is and answers with its name and an array of items.
Outcome pop_from_first(command::Context& ctx, const ManyPop& pop);

struct Move {
  enum class Order : std::uint8_t {
    bulk,       // as they stood in the source
    one_by_one  // each is put before or behind the one taken before it
  };

  std::string_view source;
  std::string_view target;
  End from = End::front;
  End to = End::front;
  std::size_t count = 1;
  bool exactly = false;  // all of `count` or none
  bool is_many = false;  // answers with an array
  Order order = Order::one_by_one;
};

// Reads `source target LEFT|RIGHT LEFT|RIGHT` behind the command's name.
std::optional<Move> read_move(command::Context& ctx, command::Args args);

// The same with `COUNT|EXACTLY count OBO|BULK` behind it, which stands at `options_at` if at all.
std::optional<Move> read_many_move(command::Context& ctx, command::Args args,
                                   std::size_t options_at);

Outcome move_items(command::Context& ctx, const Move& move);

}  // namespace larder::families
