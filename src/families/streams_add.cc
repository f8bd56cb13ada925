// XADD, XTRIM and XCFGSET: how a stream grows, and how it is kept from growing. XADD of one entry
// under a generated id is the hottest command of streams.
#include <xxhash.h>

#include <array>
#include <cstring>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/journal_forms.h"
#include "families/streams.h"
#include "families/streams_trim.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using value::Stream;
using value::StreamId;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// The id that XADD was given: none of it ("*"), all, or its time ("5-*").
struct AskedId {
  enum class Kind : std::uint8_t { generated, whole, time };

  Kind kind = Kind::generated;
  StreamId id;
};

// IDMP and IDMPAUTO: who sends the entry, and by which name its request is known again.
struct Request {
  std::string_view producer;
  std::string_view name;  // of IDMPAUTO: `digest`, once the fields are known
  bool is_automatic = false;
  std::array<char, 16> digest;

  bool is_given() const noexcept { return !producer.empty(); }
};

struct AddOptions {
  bool creates = true;
  TrimOptions trim;
  Request request;
  AskedId asked;
  std::size_t fields_at = 3;
};

void read_request(ArgReader& reader, Request& request, bool is_automatic) {
  if (request.is_given()) return reader.fail("ERR IDMP/IDMPAUTO specified multiple times");
  request.is_automatic = is_automatic;
  request.producer = reader.next();
  if (reader.ok() && request.producer.empty()) {
    return reader.fail(is_automatic ? "ERR IDMPAUTO requires a non-empty producer ID"
                                    : "ERR IDMP requires a non-empty producer ID");
  }
  if (is_automatic) return;
  request.name = reader.next();
  if (reader.ok() && request.name.empty()) {
    reader.fail("ERR IDMP requires a non-empty idempotent ID");
  }
}

void read_id(ArgReader& reader, AskedId& asked) {
  auto text = reader.next();
  if (text == "*") return;
  asked.kind = AskedId::Kind::whole;
  if (text.ends_with("-*")) {
    asked.kind = AskedId::Kind::time;
    text.remove_suffix(2);
    const auto ms = value::parse_stream_id_part(text);
    if (!ms) return reader.fail(kInvalidStreamId);
    asked.id.ms = *ms;
    return;
  }
  const auto id = value::parse_stream_id(text, 0);
  if (!id) return reader.fail(kInvalidStreamId);
  asked.id = *id;
}

// Takes one option of XADD; false at its id.
bool take_add_option(ArgReader& reader, Args args, AddOptions& options) {
  if (reader.take("nomkstream")) {
    options.creates = false;
    return true;
  }
  constexpr std::size_t kWithProducer = 2;  // arguments with the option
  constexpr std::size_t kWithRequest = 3;
  if (reader.remaining() >= kWithRequest && reader.take("idmp")) {
    read_request(reader, options.request, false);
    return true;
  }
  if (reader.remaining() >= kWithProducer && reader.take("idmpauto")) {
    read_request(reader, options.request, true);
    return true;
  }
  return take_trim_option(reader, args, options.trim);
}

bool read_add_options(Context& ctx, Args args, AddOptions& options) {
  ArgReader reader(args, 2);
  while (reader.has_more() && args[reader.position()] != "*" &&
         take_add_option(reader, args, options)) {
  }
  if (reader.ok() && reader.remaining() == 0) {
    reader.fail("ERR wrong number of arguments for 'xadd' command");
  }
  if (reader.ok()) read_id(reader, options.asked);
  if (reader.ok() && options.request.is_given() && options.asked.kind != AskedId::Kind::generated &&
      !ctx.is_replay) {
    reader.fail("ERR IDMP/IDMPAUTO can be used only with auto-generated IDs");
  }
  if (!reader.ok()) {
    ctx.reply.error(reader.error());
    return false;
  }
  options.fields_at = reader.position();
  return complete(ctx, options.trim);
}

// The id that the entry gets; nothing where there can be none, which has been answered.
std::optional<StreamId> resolve(Context& ctx, const AskedId& asked, StreamId last,
                                std::optional<StreamId> next) {
  if (!next) {
    ctx.reply.error("ERR The stream has exhausted the last possible ID, unable to add more items");
    return std::nullopt;
  }
  if (asked.kind == AskedId::Kind::generated) return next;
  auto id = asked.id;
  const bool follows = asked.kind == AskedId::Kind::time && id.ms == last.ms;
  if (follows) id = *last.next();
  if (id <= last || (follows && id.ms != last.ms)) {
    ctx.reply.error(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item");
    return std::nullopt;
  }
  return id;
}

// The same for the same pairs in any order.
std::array<char, 16> digest_of_pairs(value::FieldTexts fields) noexcept {
  XXH128_hash_t sum{};
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    const auto name = XXH3_64bits(fields[i].data(), fields[i].size());
    const auto pair = XXH3_128bits_withSeed(fields[i + 1].data(), fields[i + 1].size(), name);
    sum.low64 += pair.low64;
    sum.high64 += pair.high64;
  }
  std::array<char, 16> digest{};
  std::memcpy(digest.data(), &sum, sizeof sum);
  return digest;
}

// Answers a request that was served before.
bool answer_known_request(Context& ctx, Stream* stream, Request& request,
                          value::FieldTexts fields) {
  if (request.is_automatic) {
    request.digest = digest_of_pairs(fields);
    request.name = {request.digest.data(), request.digest.size()};
  }
  if (stream == nullptr || stream->producers() == nullptr) return false;
  const auto id = stream->make_producers().find(request.producer, request.name, ctx.now());
  if (id) answer_id(ctx, *id);
  return id.has_value();
}

// How much of a stream stays. Where the server chose ("~"), others are told the length, since their
// nodes end elsewhere.
class TrimWords {
 public:
  void append(const Stream& stream, const value::StreamTrim& rule,
              std::vector<std::string_view>& words) {
    const bool is_by_id = rule.by == value::StreamTrim::By::id && !rule.whole_nodes_only;
    words.insert(words.end(), {is_by_id ? "MINID" : "MAXLEN", "="});
    const auto length = rule.whole_nodes_only ? stream.length() : rule.length_max;
    words.push_back(is_by_id ? value::to_text(rule.id_min, id_)
                             : base::to_text(static_cast<std::int64_t>(length), digits_));
    if (rule.references == value::StreamReferences::remove) words.push_back("DELREF");
    if (rule.references == value::StreamReferences::spare) words.push_back("ACKED");
  }

 private:
  value::StreamIdText id_;
  base::IntegerText digits_;
};

std::size_t trim(Context& ctx, std::string_view key, Stream& stream,
                 const value::StreamTrim& rule) {
  const auto removed = stream.trim(rule);
  if (removed != 0) ctx.changed(Event::stream, "xtrim", key);
  return removed;
}

void journal_added(Context& ctx, std::string_view key, const Stream& stream,
                   const AddOptions& options, bool trims, StreamId id, value::FieldTexts fields) {
  if (!ctx.is_journaled()) return;
  std::vector<std::string_view> words{"XADD", key};
  TrimWords trim_words;
  if (trims) trim_words.append(stream, options.trim.trim, words);
  const auto& request = options.request;
  if (request.is_given()) words.insert(words.end(), {"IDMP", request.producer, request.name});
  value::StreamIdText text;
  words.push_back(value::to_text(id, text));
  words.insert(words.end(), fields.begin(), fields.end());
  ctx.journal_words(words);
}

void add(Context& ctx, Args args, AddOptions& options) {
  const auto fields = args.subspan(options.fields_at);
  if (fields.size() < 2 || fields.size() % 2 != 0) {
    return ctx.reply.error("ERR wrong number of arguments for 'xadd' command");
  }
  if (options.asked.kind == AskedId::Kind::whole && options.asked.id.is_zero()) {
    return ctx.reply.error("ERR The ID specified in XADD must be greater than 0-0");
  }
  const auto key = ctx.key(args[1]);
  const auto found = find_stream_for_write(ctx, key);
  if (!found) return;
  auto* stream = *found;
  if (stream == nullptr && !options.creates) return ctx.reply.null();
  if (options.request.is_given() && !ctx.is_replay &&
      answer_known_request(ctx, stream, options.request, fields)) {
    return;
  }
  const auto now = static_cast<std::uint64_t>(ctx.wall_ms());
  const auto last = stream != nullptr ? stream->last_id() : StreamId{};
  const auto id = resolve(ctx, options.asked, last,
                          stream != nullptr ? stream->next_id(now) : StreamId{now, 0});
  if (!id) return;
  if (!Stream::can_hold(fields)) {
    return ctx.reply.error("ERR Elements are too large to be stored");
  }
  if (stream == nullptr) stream = &create_stream(ctx, key);
  stream->append(*id, fields, Stream::NodeLimits::from(ctx.settings));
  if (options.request.is_given()) {
    stream->make_producers().add(options.request.producer, options.request.name, *id,
                                 ctx.wall_ms());
  }
  answer_id(ctx, *id);
  ctx.changed(Event::stream, "xadd", key.name);
  const bool trims = trim(ctx, key.name, *stream, options.trim.trim) != 0;
  journal_added(ctx, key.name, *stream, options, trims, *id, fields);
}

void xadd(Context& ctx, Args args) {
  AddOptions options;
  if (args[2] != "*" && !read_add_options(ctx, args, options)) return;
  add(ctx, args, options);
}

void xtrim(Context& ctx, Args args) {
  TrimOptions options;
  ArgReader reader(args, 2);
  while (reader.has_more()) {
    if (!take_trim_option(reader, args, options)) reader.fail(command::errors::kSyntax);
  }
  if (!reader.ok()) return ctx.reply.error(reader.error());
  if (options.trim.by == value::StreamTrim::By::nothing && options.limit.value_or(0) == 0) {
    return ctx.reply.error("ERR syntax error, XTRIM must be called with a trimming strategy");
  }
  if (!complete(ctx, options)) return;
  const auto key = ctx.key(args[1]);
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return;
  if (*stream == nullptr) return ctx.reply.integer(0);
  const auto removed = trim(ctx, key.name, **stream, options.trim);
  if (removed != 0 && ctx.is_journaled()) {
    std::vector<std::string_view> words{"XTRIM", key.name};
    TrimWords trim_words;
    trim_words.append(**stream, options.trim, words);
    ctx.journal_words(words);
  }
  ctx.reply.integer(static_cast<std::int64_t>(removed));
}

// XCFGSET: other limits than before forget what was remembered under them.
void xcfgset(Context& ctx, Args args) {
  constexpr std::int64_t kDurationMax = 86'400;
  constexpr std::int64_t kRequestsMax = 10'000;
  std::optional<std::int64_t> duration;
  std::optional<std::int64_t> requests;
  ArgReader reader(args, 2);
  while (reader.has_more()) {
    if (reader.take("idmp-duration")) {
      duration = reader.integer();
      if (*duration < 1 || *duration > kDurationMax) {
        reader.fail("ERR IDMP-DURATION must be between 1 and 86400 seconds");
      }
    } else if (reader.take("idmp-maxsize")) {
      requests = reader.integer();
      if (*requests < 1 || *requests > kRequestsMax) {
        reader.fail("ERR IDMP-MAXSIZE must be between 1 and 10000 entries");
      }
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (!duration && !requests) reader.fail(command::errors::kSyntax);
  if (!reader.ok()) return ctx.reply.error(reader.error());
  const auto key = ctx.key(args[1]);
  const auto stream = find_stream_for_write(ctx, key);
  if (!stream) return;
  if (*stream == nullptr) return ctx.reply.error(command::errors::kNoSuchKey);

  auto& producers = (*stream)->make_producers();
  const value::Producers::Limits wanted{
      .duration_s = duration.value_or(producers.limits().duration_s),
      .requests_max = requests.value_or(producers.limits().requests_max)};
  if (wanted != producers.limits()) {
    producers.forget_all();
    producers.set_limits(wanted);
    ctx.changed(Event::stream, "xcfgset", key.name);
  }
  ctx.reply.ok();
}

constexpr Spec kSpecs[] = {
    {.name = "xadd",
     .arity = -5,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(1), and O(N) for the N entries that are trimmed.",
     .summary = "Appends an entry to a stream, which is created where there is none.",
     .arguments = "key [NOMKSTREAM] [<KEEPREF|DELREF|ACKED>] "
                  "[<IDMPAUTO auto-producer-id|IDMP producer-id idempotent-id>] "
                  "[<MAXLEN|MINID> [<=|~>] threshold [LIMIT count:integer]] <*|id> (field value)+",
     .tips = "nondeterministic_output",
     .handler = xadd},
    {.name = "xcfgset",
     .arity = -2,
     .group = Group::stream,
     .since = "8.6.0",
     .flags = flag::write | flag::fast,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(1), and O(N) for the N requests that are forgotten.",
     .summary = "Sets for how long and how many requests of producers a stream remembers.",
     .arguments = "key [IDMP-DURATION seconds:integer] [IDMP-MAXSIZE count:integer]",
     .handler = xcfgset},
    {.name = "xtrim",
     .arity = -4,
     .group = Group::stream,
     .since = "5.0.0",
     .flags = flag::write,
     .categories = category::stream,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .complexity = "O(N) for the N entries that are removed.",
     .summary = "Removes entries from a stream's beginning.",
     .arguments = "key <MAXLEN|MINID> [<=|~>] threshold [LIMIT count:integer] "
                  "[<KEEPREF|DELREF|ACKED>]",
     .tips = "nondeterministic_output",
     .handler = xtrim},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs streams_add() noexcept { return kSpecs; }

}  // namespace larder::families
