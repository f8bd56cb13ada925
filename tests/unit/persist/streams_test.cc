#include "base/random.h"
#include "fixture.h"
#include "persist/stream_io.h"
#include "value/stream.h"
#include "value/stream_cursor.h"

namespace larder::persist {
namespace {

using value::Stream;
using value::StreamId;

class Streams : public PersistTest {
 protected:
  Stream& create(std::string_view name) {
    auto stream = std::make_unique<Stream>();
    auto& made = *stream;
    value::FreeCell cell;
    cell.become(std::move(stream));
    database().put(key(name), keyspace::Type::stream, std::move(cell), keyspace::kNever);
    return made;
  }
  Stream& stream(std::string_view name) { return static_cast<Stream&>(*entry(name).object()); }

  static void add(Stream& to, StreamId id, std::initializer_list<std::string_view> fields) {
    to.append(id, value::FieldTexts(fields.begin(), fields.size()), {.entries_max = 5});
  }

  // All entries, and what is known of the past and of groups, as text.
  static std::string text(Stream& from) {
    std::string text;
    const auto id_text = [](StreamId id) {
      return std::to_string(id.ms) + '-' + std::to_string(id.seq);
    };
    value::StreamCursor cursor(from, value::kFirstStreamId, value::kLastStreamId);
    while (cursor.next()) {
      text += id_text(cursor.id()) + ':';
      auto fields = cursor.fields();
      for (auto left = fields.count(); left > 0; --left) {
        const auto pair = fields.next();
        base::IntegerText a;
        base::IntegerText b;
        text += ' ' + std::string(pair.name.text(a)) + '=' + std::string(pair.value.text(b));
      }
      text += '\n';
    }
    text += "last " + id_text(from.last_id()) + " deleted " + id_text(from.max_deleted_id()) +
            " added " + std::to_string(from.entries_added()) + '\n';
    for (const auto& group : from.groups()) {
      text += std::string(group->name()) + " at " + id_text(group->last_delivered) + " read " +
              (group->entries_read ? std::to_string(*group->entries_read) : "?");
      for_each_record(group->pending(), [&](const value::Pending& pending) {
        text += ", " + id_text(pending.id) + ' ' + std::to_string(pending.delivered_ms) + ' ' +
                std::to_string(pending.deliveries) + ' ' +
                (pending.owner == nullptr ? "nobody" : std::string(pending.owner->name()));
      });
      for (const auto& consumer : group->consumers()) {
        text += "; " + std::string(consumer->name()) + " seen " + std::to_string(consumer->seen_ms);
      }
      text += '\n';
    }
    return text;
  }
};

TEST_F(Streams, ComeBack) {
  auto& from = create("k");
  for (std::uint64_t i = 1; i < 40; ++i) {
    if (i % 7 == 0) {
      add(from, {i * 1'000, i % 3}, {"other", "x", "n", std::to_string(i)});
    } else {
      add(from, {i * 1'000, 5 - i % 3}, {"field", std::to_string(i), "text", "some text"});
    }
  }
  for (const std::uint64_t ms : {1, 9, 10, 11, 12, 13, 14, 39}) {
    for (std::uint64_t seq = 0; seq < 6; ++seq) from.erase({ms * 1'000, seq});
  }
  from.set_last_id({77'000, 7});
  from.set_max_deleted_id({39'000, 5});
  auto& group = from.create_group("g");
  group.last_delivered = {8'000, 3};
  group.entries_read = 8;
  auto& alice = group.create_consumer("alice", 111);
  auto& bob = group.create_consumer("bob", 222);
  group.set_pending({2'000, 3}, &alice, 333, 1);
  group.set_pending({3'000, 5}, &bob, 444, 2);
  group.set_pending({4'000, 4}, &alice, 555, 3);
  from.create_group("unknown").entries_read = std::nullopt;
  EXPECT_EQ(restore("back", dumped("k")), "");
  EXPECT_EQ(text(stream("back")), text(from));
}

TEST_F(Streams, MayBeEmpty) {
  auto& from = create("k");
  add(from, {5, 1}, {"a", "1"});
  from.erase({5, 1});
  EXPECT_EQ(restore("back", dumped("k")), "");
  EXPECT_EQ(text(stream("back")), text(from));
}

TEST_F(Streams, EntriesGivenBackStayNobodys) {
  auto& from = create("k");
  add(from, {1, 1}, {"a", "1"});
  add(from, {2, 1}, {"a", "2"});
  auto& group = from.create_group("g");
  group.last_delivered = {2, 1};
  group.set_pending({1, 1}, nullptr, 0, 2);
  EXPECT_EQ(restore("back", dumped("k")), "");
  EXPECT_EQ(text(stream("back")), text(from));
  group.set_pending({2, 1}, &group.create_consumer("", 5), 9, 1);
  EXPECT_EQ(restore("back", dumped("k")), "");
  EXPECT_EQ(text(stream("back")), text(from));
}

TEST_F(Streams, HostileOnesAreRefused) {
  // Every byte of a payload changed in turn: refused, or a stream that works.
  auto& from = create("k");
  for (std::uint64_t i = 1; i < 8; ++i) add(from, {i, i}, {"a", std::to_string(i), "b", "text"});
  auto& group = from.create_group("g");
  group.set_pending({1, 1}, &group.create_consumer("c", 1), 2, 3);
  const auto good = dumped("k");
  const auto content = good.substr(1, good.size() - 11);
  base::Random random(3);
  for (std::size_t at = 0; at < content.size(); ++at) {
    for (int i = 0; i < 20; ++i) {
      auto bad = content;
      bad[at] = static_cast<char>(random.next());
      if (restore(RdbType::stream_2, bad).empty()) (void)text(stream("restored"));
    }
    EXPECT_NE(restore(RdbType::stream_2, content.substr(0, at)), "") << at;
  }
}

TEST_F(Streams, OfTheFirstFormatAreRead) {
  auto& from = create("k");
  add(from, {5, 1}, {"a", "1"});
  base::ByteBuffer bytes;
  RdbWriter out(bytes, false);
  base::ByteBuffer listpack;
  write_stream_node(listpack, *from.nodes().front().node);
  out.length(1);
  out.length(kRawIdBytes);
  write_raw_id(out, {5, 1});
  out.string(listpack.view());
  out.length(1);
  write_id(out, {9, 0});
  // Groups at the stream's beginning, at its first entry, at its end and beyond it.
  constexpr value::StreamId kDelivered[] = {{0, 0}, {5, 1}, {9, 0}, {10, 0}};
  out.length(std::size(kDelivered));
  for (const auto id : kDelivered) {
    out.string("g" + std::to_string(id.ms));
    write_id(out, id);
    out.length(0);
    out.length(0);
  }
  EXPECT_EQ(restore(RdbType::stream, bytes.view()), "");
  EXPECT_EQ(text(stream("restored")),
            "5-1: a=1\nlast 9-0 deleted 0-0 added 1\ng0 at 0-0 read 0\ng10 at 10-0 read ?\n"
            "g5 at 5-1 read 1\ng9 at 9-0 read 1\n");
}

}  // namespace
}  // namespace larder::persist
