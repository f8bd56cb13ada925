#include "command/grammar.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::command {
namespace {

// The tree as text: name:type, tokens in capitals before it, children in braces, ? optional,
// + multiple, * with its token each time.
std::string shown(const std::vector<Argument>& arguments) {
  std::string text;
  for (const auto& argument : arguments) {
    if (!text.empty()) text += ' ';
    if (!argument.token.empty()) text += argument.token + '=';
    text += argument.name + ':' + std::string(argument.type);
    if (!argument.children.empty()) text += '{' + shown(argument.children) + '}';
    if (argument.optional) text += '?';
    if (argument.multiple) text += argument.multiple_token ? '*' : '+';
  }
  return text;
}

std::string parsed(std::string_view grammar) {
  const Spec spec{
      .name = "x", .arity = -1, .group = Group::generic, .since = "1", .arguments = grammar};
  const auto arguments = parse_arguments(spec);
  return arguments ? shown(*arguments) : "error";
}

TEST(Grammar, Words) {
  EXPECT_EQ(parsed(""), "");
  EXPECT_EQ(parsed("key value"), "key:key value:string");
  EXPECT_EQ(parsed("key seconds:integer"), "key:key seconds:integer");
  EXPECT_EQ(parsed("source:key ip:port"), "source:key ip:port:string");
  EXPECT_EQ(parsed("newkey"), "newkey:key");
}

TEST(Grammar, TokensTakeWhatFollows) {
  EXPECT_EQ(parsed("[REPLACE]"), "REPLACE=replace:pure-token?");
  EXPECT_EQ(parsed("[COUNT count:integer]"), "COUNT=count:integer?");
  EXPECT_EQ(parsed("[AUTH username password]"),
            "AUTH=auth:block{username:string password:string}?");
  EXPECT_EQ(parsed("key LIMIT a:integer b:integer"),
            "key:key LIMIT=limit:block{a:integer b:integer}");
}

TEST(Grammar, Choices) {
  EXPECT_EQ(parsed("[<NX|XX>]"), "choice:oneof{NX=nx:pure-token XX=xx:pure-token}?");
  EXPECT_EQ(parsed("<EX seconds:integer|KEEPTTL>"),
            "choice:oneof{EX=seconds:integer KEEPTTL=keepttl:pure-token}");
  EXPECT_EQ(parsed("<key|>"), "choice:oneof{key:key \"\"=empty:pure-token}");
}

TEST(Grammar, Repetitions) {
  EXPECT_EQ(parsed("(key)+"), "key:key+");
  EXPECT_EQ(parsed("(key value)+"), "data:block{key:key value:string}+");
  EXPECT_EQ(parsed("[(PREFIX prefix)+]"), "PREFIX=prefix:string?*");
}

TEST(Grammar, RefusesWhatIsNone) {
  for (const std::string_view wrong : {"[key", "key]", "(key)", "<a|b", "a  b", "a:nosuch]"}) {
    EXPECT_EQ(parsed(wrong), "error") << wrong;
  }
}

}  // namespace
}  // namespace larder::command
