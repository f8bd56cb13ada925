#include "resp/writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace larder::resp {
namespace {

using Write = std::function<void(Writer&)>;

std::string written(Protocol protocol, const Write& write) {
  base::ByteBuffer out;
  Writer writer(out, protocol);
  write(writer);
  return std::string(out.view());
}

struct Case {
  Write write;
  std::string resp2;
  std::string resp3;
};

void expect_both(const Case& expected) {
  EXPECT_EQ(written(Protocol::resp2, expected.write), expected.resp2);
  EXPECT_EQ(written(Protocol::resp3, expected.write), expected.resp3);
}

void expect_same(const Write& write, const std::string& text) { expect_both({write, text, text}); }

TEST(Writer, WritesWhatBothProtocolsShare) {
  expect_same([](Writer& w) { w.ok(); }, "+OK\r\n");
  expect_same([](Writer& w) { w.simple("QUEUED"); }, "+QUEUED\r\n");
  expect_same([](Writer& w) { w.integer(0); }, ":0\r\n");
  expect_same([](Writer& w) { w.integer(-10); }, ":-10\r\n");
  expect_same([](Writer& w) { w.integer(INT64_MIN); }, ":-9223372036854775808\r\n");
  expect_same([](Writer& w) { w.bulk("a\r\nb"); }, "$4\r\na\r\nb\r\n");
  expect_same([](Writer& w) { w.bulk({}); }, "$0\r\n\r\n");
  expect_same([](Writer& w) { w.bulk_integer(INT64_MIN); }, "$20\r\n-9223372036854775808\r\n");
  expect_same([](Writer& w) { w.array(0); }, "*0\r\n");
  expect_same([](Writer& w) { w.array(1234); }, "*1234\r\n");
}

TEST(Writer, WritesWhatResp3HasTypesFor) {
  expect_both({[](Writer& w) { w.null(); }, "$-1\r\n", "_\r\n"});
  expect_both({[](Writer& w) { w.null_array(); }, "*-1\r\n", "_\r\n"});
  expect_both({[](Writer& w) { w.boolean(true); }, ":1\r\n", "#t\r\n"});
  expect_both({[](Writer& w) { w.boolean(false); }, ":0\r\n", "#f\r\n"});
  expect_both({[](Writer& w) { w.map(3); }, "*6\r\n", "%3\r\n"});
  expect_both({[](Writer& w) { w.set(3); }, "*3\r\n", "~3\r\n"});
  expect_both({[](Writer& w) { w.push(3); }, "*3\r\n", ">3\r\n"});
  expect_both({[](Writer& w) { w.big_number("-12"); }, "$3\r\n-12\r\n", "(-12\r\n"});
  expect_both(
      {[](Writer& w) { w.verbatim("txt", "a\nb"); }, "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n"});
  EXPECT_EQ(written(Protocol::resp3, [](Writer& w) { w.attribute(1); }), "|1\r\n");
}

TEST(Writer, DoublesAreTheShortestText) {
  expect_both({[](Writer& w) { w.number(8.7); }, "$3\r\n8.7\r\n", ",8.7\r\n"});
  expect_both({[](Writer& w) { w.number(100000); }, "$6\r\n100000\r\n", ",100000\r\n"});
  expect_both({[](Writer& w) { w.number(1e20); }, "$5\r\n1e+20\r\n", ",1e+20\r\n"});
  expect_both({[](Writer& w) { w.number(-HUGE_VAL); }, "$4\r\n-inf\r\n", ",-inf\r\n"});
  expect_both({[](Writer& w) { w.number(std::nan("")); }, "$3\r\nnan\r\n", ",nan\r\n"});
}

TEST(Writer, AnErrorCannotBeEndedByWhatItQuotes) {
  expect_same([](Writer& w) { w.error("ERR unknown command 'a\r\n+OK\r\n'"); },
              "-ERR unknown command 'a  +OK  '\r\n");
}

TEST(Writer, RemembersErrorsForStatistics) {
  base::ByteBuffer out;
  Writer writer(out, Protocol::resp2);
  writer.error("ERR first");
  writer.error("WRONGTYPE Operation");
  EXPECT_EQ(writer.errors(), 2u);
  EXPECT_EQ(writer.last_error_code(), "WRONGTYPE");
  writer.error(std::string(100, 'X'));
  EXPECT_EQ(writer.last_error_code(), std::string(30, 'X'));
  writer.error("");
  EXPECT_EQ(writer.last_error_code(), "");
}

TEST(Writer, ALengthMayFollowItsElements) {
  std::string twelve;
  for (int i = 0; i < 12; ++i) twelve += ":2\r\n";
  expect_both({[](Writer& w) {
                 w.ok();
                 auto outer = w.defer();
                 w.integer(1);
                 auto inner = w.defer();
                 for (int i = 0; i < 12; ++i) w.integer(2);
                 inner.close_set(12);
                 outer.close_map(1);
               },
               "+OK\r\n*2\r\n:1\r\n*12\r\n" + twelve, "+OK\r\n%1\r\n:1\r\n~12\r\n" + twelve});
  expect_same([](Writer& w) { w.defer().close_array(0); }, "*0\r\n");
}

TEST(Writer, FollowsAChangeOfProtocol) {
  base::ByteBuffer out;
  Writer writer(out, Protocol::resp2);
  writer.null();
  writer.set_protocol(Protocol::resp3);
  writer.null();
  EXPECT_EQ(out.view(), "$-1\r\n_\r\n");
}

}  // namespace
}  // namespace larder::resp
