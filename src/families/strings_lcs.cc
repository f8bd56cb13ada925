// LCS: the longest common subsequence of two strings, by dynamic programming. The lengths need two
// rows only; the way back needs one bit a cell, which says in which of two directions the longer
// subsequence lies.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/strings.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// Lengths of the longest common subsequences of all pairs of beginnings of `a` and `b`, as far as
// they are needed to walk back from the end.
class LcsTable {
 public:
  LcsTable(std::string_view a, std::string_view b)
      : a_(a), b_(b), up_(((a.size() + 1) * (b.size() + 1) + 63) / 64) {
    std::vector<std::uint32_t> row(b.size() + 1);
    for (std::size_t i = 1; i <= a.size(); ++i) fill_row(i, row);
    length_ = row.back();
  }

  std::uint32_t length() const noexcept { return length_; }

  // Whether leaving out a's character before `i` loses less than leaving out b's before `j`.
  bool prefers_up(std::size_t i, std::size_t j) const noexcept {
    const auto cell = i * (b_.size() + 1) + j;
    return (up_[cell / 64] >> (cell % 64)) & 1;
  }

 private:
  // `row` holds the lengths for a's first i - 1 characters, then those for i.
  void fill_row(std::size_t i, std::vector<std::uint32_t>& row) noexcept {
    std::uint32_t diagonal = 0;
    for (std::size_t j = 1; j <= b_.size(); ++j) {
      const auto above = row[j];
      const auto left = row[j - 1];
      const auto cell = i * (b_.size() + 1) + j;
      up_[cell / 64] |= static_cast<std::uint64_t>(above > left) << (cell % 64);
      row[j] = a_[i - 1] == b_[j - 1] ? diagonal + 1 : std::max(above, left);
      diagonal = above;
    }
  }

  std::string_view a_;
  std::string_view b_;
  std::vector<std::uint64_t> up_;
  std::uint32_t length_ = 0;
};

// Visits the common subsequence's pairs of positions from the end to the beginning.
template <class Visit>
void walk_back(const LcsTable& table, std::string_view a, std::string_view b, Visit visit) {
  auto i = a.size();
  auto j = b.size();
  while (i > 0 && j > 0) {
    if (a[i - 1] == b[j - 1]) {
      visit(--i, --j);
    } else if (table.prefers_up(i, j)) {
      --i;
    } else {
      --j;
    }
  }
}

struct Options {
  bool length_only = false;
  bool indexes = false;
  bool with_match_length = false;
  std::int64_t match_length_min = 0;
};

std::optional<Options> read_options(Context& ctx, Args args) {
  Options options;
  ArgReader reader(args, 3);
  while (reader.has_more()) {
    if (reader.take("idx")) {
      options.indexes = true;
    } else if (reader.take("len")) {
      options.length_only = true;
    } else if (reader.take("withmatchlen")) {
      options.with_match_length = true;
    } else if (reader.take("minmatchlen") && reader.remaining() > 0) {
      options.match_length_min = std::max<std::int64_t>(reader.integer(), 0);
    } else {
      reader.fail(errors::kSyntax);
    }
  }
  if (options.indexes && options.length_only) {
    reader.fail("ERR If you want both the length and indexes, please just use IDX.");
  }
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// Bounds time and memory: the product of the lengths, as a table of 32-bit lengths would need it.
bool expect_affordable(Context& ctx, std::string_view a, std::string_view b) {
  constexpr std::size_t kLengthMax = UINT32_MAX - 1;
  if (a.size() >= kLengthMax || b.size() >= kLengthMax) {
    ctx.reply.error("ERR String too long for LCS");
    return false;
  }
  const auto cells = static_cast<unsigned __int128>(a.size() + 1) * (b.size() + 1);
  const auto bytes_max = static_cast<std::uint64_t>(ctx.settings.proto_max_bulk_len);
  if (cells * sizeof(std::uint32_t) <= bytes_max) return true;
  ctx.reply.error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  return false;
}

// A run of characters that follow each other in both strings.
struct Run {
  std::size_t a = 0;  // where it begins
  std::size_t b = 0;
  std::size_t length = 0;
};

void answer_range(Context& ctx, std::size_t first, std::size_t length) {
  ctx.reply.array(2);
  ctx.reply.integer(static_cast<std::int64_t>(first));
  ctx.reply.integer(static_cast<std::int64_t>(first + length - 1));
}

void answer_indexes(Context& ctx, const LcsTable& table, std::string_view a, std::string_view b,
                    const Options& options) {
  ctx.reply.map(2);
  ctx.reply.bulk("matches");
  auto matches = ctx.reply.defer();
  std::size_t count = 0;
  Run run;
  const auto answer_run = [&] {
    if (run.length == 0 || run.length < static_cast<std::size_t>(options.match_length_min)) return;
    ctx.reply.array(options.with_match_length ? 3 : 2);
    answer_range(ctx, run.a, run.length);
    answer_range(ctx, run.b, run.length);
    if (options.with_match_length) ctx.reply.integer(static_cast<std::int64_t>(run.length));
    ++count;
  };
  walk_back(table, a, b, [&](std::size_t i, std::size_t j) {
    const bool continues = run.length > 0 && i + 1 == run.a && j + 1 == run.b;
    if (!continues) answer_run();
    run = {i, j, continues ? run.length + 1 : 1};
  });
  answer_run();
  matches.close_array(count);
  ctx.reply.bulk("len");
  ctx.reply.integer(table.length());
}

void answer_text_of(Context& ctx, const LcsTable& table, std::string_view a, std::string_view b) {
  std::string text(table.length(), '\0');
  auto at = text.size();
  walk_back(table, a, b, [&](std::size_t i, std::size_t) { text[--at] = a[i]; });
  ctx.reply.bulk(text);
}

void lcs(Context& ctx, Args args) {
  // The second look-up may remove an expired key and so end the first entry's validity: once both
  // were looked up, doing it again removes nothing.
  const auto first_key = ctx.key(args[1]);
  const auto second_key = ctx.key(args[2]);
  ctx.find_for_read(first_key);
  ctx.find_for_read(second_key);
  const auto first = ctx.database->find(first_key, keyspace::Touch::no);
  const auto second = ctx.database->find(second_key, keyspace::Touch::no);
  if ((first && first.type() != keyspace::Type::string) ||
      (second && second.type() != keyspace::Type::string)) {
    return ctx.reply.error("ERR The specified keys must contain string values");
  }
  const auto options = read_options(ctx, args);
  if (!options) return;
  base::IntegerText first_scratch;
  base::IntegerText second_scratch;
  const auto a = first ? first.text(first_scratch) : std::string_view{};
  const auto b = second ? second.text(second_scratch) : std::string_view{};
  if (!expect_affordable(ctx, a, b)) return;

  const LcsTable table(a, b);
  if (options->indexes) {
    answer_indexes(ctx, table, a, b, *options);
  } else if (options->length_only) {
    ctx.reply.integer(table.length());
  } else {
    answer_text_of(ctx, table, a, b);
  }
}

constexpr Spec kSpecs[] = {
    {.name = "lcs",
     .arity = -3,
     .group = Group::string,
     .since = "7.0.0",
     .flags = flag::readonly,
     .categories = category::string,
     .keys = keys::range(1, 1, 1, key_flag::ro | key_flag::access),
     .complexity = "O(N*M) where N and M are the lengths of the two strings.",
     .summary = "Answers with the longest common subsequence of two strings.",
     .arguments = "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len:integer] [WITHMATCHLEN]",
     .handler = lcs},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_lcs() noexcept { return kSpecs; }

}  // namespace larder::families
