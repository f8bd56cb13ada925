// Runs commands as the dispatcher does (name, arity, handler) on a keyspace of its own, and shows
// replies as short text:
//   OK  "text"  5  nil  -ERR wrong  [1, "a"]  {"key": 1}  ,1.5
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/random.h"
#include "command/context.h"
#include "command/table.h"
#include "families/encodings.h"
#include "families/families.h"
#include "keyspace/keyspace.h"
#include "resp/writer.h"
#include "settings/settings.h"

namespace larder::families {

// Reads one encoded reply after another and shows it.
class ReplyText {
 public:
  explicit ReplyText(std::string_view encoded) : rest_(encoded) {}

  bool has_more() const { return !rest_.empty(); }

  std::string next() {
    const char mark = rest_.front();
    const std::string line(rest_.substr(1, rest_.find("\r\n") - 1));
    rest_.remove_prefix(line.size() + 3);
    switch (mark) {
      case '+':
        return line;
      case ':':
        return line;
      case '$':
        return line == "-1" ? "nil" : '"' + take(line) + '"';
      case '_':
        return "nil";
      case '*':
        return line == "-1" ? "nil" : list(line, '[', ']', ", ", 1);
      case '%':
        return list(line, '{', '}', ": ", 2);
      default:
        return mark + line;
    }
  }

 private:
  std::string take(const std::string& length) {
    const auto bytes = std::strtoul(length.c_str(), nullptr, 10);
    std::string text(rest_.substr(0, bytes));
    rest_.remove_prefix(bytes + 2);
    return text;
  }
  std::string list(const std::string& length, char open, char close, const char* inner, int of) {
    std::string text(1, open);
    for (auto i = std::strtoul(length.c_str(), nullptr, 10); i > 0; --i) {
      text += next();
      if (of == 2) text += inner + next();
      if (i > 1) text += ", ";
    }
    return text + close;
  }

  std::string_view rest_;
};

class FamiliesTest : public ::testing::Test {
 protected:
  static constexpr base::UnixMs kStart = 1'700'000'000'000;

  FamiliesTest() { keyspace_.set_now(kStart); }

  // Arguments that may hold any bytes.
  std::string run(const std::vector<std::string>& words) {
    std::vector<std::string_view> args(words.begin(), words.end());
    out_.clear();
    resp::Writer writer(out_, protocol_);
    command::Context context(keyspace_, settings_, table_, random_, writer);
    context.database = &keyspace_.database(0);
    const auto* command = table_.resolve(args);
    if (command == nullptr) return "unknown command";
    context.spec = command->spec;
    const int given = static_cast<int>(args.size());
    const int arity = command->spec->arity;
    if (arity >= 0 ? given != arity : given < -arity) return "wrong arity";
    command->spec->handler(context, args);
    changes_ += context.changes();
    ReplyText reply(out_.view());
    std::string text = reply.next();
    EXPECT_FALSE(reply.has_more()) << "more than one reply to " << words.front();
    return text;
  }

  // Arguments separated by single spaces: "SET key value"; '' is an empty one.
  std::string call(std::string_view line) {
    std::vector<std::string> words;
    while (true) {
      const auto end = line.find(' ');
      const auto word = line.substr(0, end);
      words.emplace_back(word == "''" ? std::string_view{} : word);
      if (end == std::string_view::npos) return run(words);
      line.remove_prefix(end + 1);
    }
  }

  // A table of commands with what each answers, run in order on the same keys.
  struct Step {
    std::string_view line;
    std::string_view reply;
  };
  void expect(std::initializer_list<Step> steps) {
    for (const auto& step : steps) EXPECT_EQ(call(step.line), step.reply) << step.line;
  }

  keyspace::EntryRef entry(std::string_view name) {
    return keyspace_.database(0).find(keyspace_.key(name), keyspace::Touch::no);
  }
  // Milliseconds until the key expires; -1 without a deadline, -2 without a key: PTTL.
  std::int64_t ttl_ms(std::string_view name) {
    const auto found = entry(name);
    if (!found) return -2;
    return found.has_deadline() ? found.deadline() - keyspace_.now() : -1;
  }
  // OBJECT ENCODING's word.
  std::string_view encoding(std::string_view name) {
    const auto found = entry(name);
    return found ? encoding_name(found) : "none";
  }
  // Changes told since the last time.
  std::uint64_t take_changes() { return std::exchange(changes_, 0); }
  void advance_ms(std::int64_t ms) { keyspace_.set_now(keyspace_.now() + ms); }

  keyspace::Keyspace keyspace_{{.databases = 2, .hash_seed = 1, .random_seed = 1}};
  settings::Settings settings_;
  command::Table table_{all()};
  base::Random random_{7};
  base::ByteBuffer out_;
  resp::Protocol protocol_ = resp::Protocol::resp2;
  std::uint64_t changes_ = 0;
};

}  // namespace larder::families
