#include "settings/table.h"

#include <gmock/gmock.h>

#include <map>

#include "settings/lexer.h"

namespace larder::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TableTest : public testing::Test {
 protected:
  using Pairs = std::vector<Table::Assignment>;

  // CONFIG SET's error, or "OK".
  std::string set(const Pairs& pairs, Table::Caller caller = {}) {
    const auto done = table.set(pairs, caller);
    return done ? "OK" : done.error().because_loading ? "LOADING" : done.error().text;
  }
  std::string set(std::string_view name, std::string_view value) { return set({{name, value}}); }

  std::map<std::string, std::string> get(std::vector<std::string_view> patterns) {
    std::map<std::string, std::string> shown;
    for (const auto& [name, value] : table.matching(patterns)) {
      EXPECT_TRUE(shown.emplace(name, value).second) << name << " is shown twice";
    }
    return shown;
  }

  static std::string failed(std::string_view name, std::string_view why) {
    return "CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " +
           std::string(why);
  }

  Table table;
};

TEST_F(TableTest, FieldsBeginAsTheTableSays) {
  const Settings plain;
  const auto& settings = table.settings();
  EXPECT_EQ(settings.port, plain.port);
  EXPECT_EQ(settings.bind, plain.bind);
  EXPECT_EQ(settings.databases, plain.databases);
  EXPECT_EQ(settings.maxclients, plain.maxclients);
  EXPECT_EQ(settings.client_query_buffer_limit, plain.client_query_buffer_limit);
  EXPECT_EQ(settings.proto_max_bulk_len, plain.proto_max_bulk_len);
  EXPECT_EQ(settings.maxmemory_policy, plain.maxmemory_policy);
  EXPECT_EQ(settings.loglevel, plain.loglevel);
  EXPECT_EQ(settings.syslog_ident, plain.syslog_ident);
  EXPECT_EQ(settings.syslog_facility, plain.syslog_facility);
  EXPECT_EQ(settings.hz, plain.hz);
  EXPECT_EQ(settings.lazyfree_lazy_expire, plain.lazyfree_lazy_expire);
  EXPECT_EQ(settings.proc_title_template, plain.proc_title_template);
  EXPECT_EQ(settings.oom_score_adj, plain.oom_score_adj);
  EXPECT_EQ(settings.oom_score_adj_values, plain.oom_score_adj_values);
  EXPECT_EQ(settings.disable_thp, plain.disable_thp);
  EXPECT_EQ(settings.latency_tracking_info_percentiles, plain.latency_tracking_info_percentiles);
  for (std::size_t i = 0; i < kClientClasses; ++i) {
    const auto& a = settings.client_output_buffer_limit[i];
    const auto& b = plain.client_output_buffer_limit[i];
    EXPECT_EQ(a.hard_bytes, b.hard_bytes);
    EXPECT_EQ(a.soft_bytes, b.soft_bytes);
    EXPECT_EQ(a.soft_seconds, b.soft_seconds);
  }
}

TEST_F(TableTest, WhateverWorksIsAField) {
  table.for_each([](const Definition& definition) {
    EXPECT_TRUE(definition.effect != Effect::works || definition.copy != nullptr)
        << definition.name;
  });
}

TEST_F(TableTest, EverySettingTakesBackWhatItShows) {
  table.for_each([&](const Definition& definition) {
    const auto before = table.text(definition.name);
    EXPECT_FALSE(definition.summary.empty()) << definition.name;
    if (!definition.immutable) {
      EXPECT_EQ(set({{definition.name, before}}, {.may_set_protected = true}), "OK");
    }
    EXPECT_EQ(table.text(definition.name), before);
    if (!definition.shipped.empty()) {
      EXPECT_TRUE(table.load(definition, *split_words(definition.shipped))) << definition.name;
    }
  });
}

TEST_F(TableTest, GetShowsNamesAsTheyWereAskedFor) {
  EXPECT_THAT(get({"MAXMEMORY"}), ElementsAre(testing::Pair("MAXMEMORY", "0")));
  EXPECT_THAT(get({"nosuch"}), IsEmpty());
  EXPECT_THAT(get({"Slaveof"}), ElementsAre(testing::Pair("Slaveof", "")));
}

TEST_F(TableTest, GetShowsEachMatchOnceAndAliasesToo) {
  const auto shown = get({"maxmemory", "maxmemory*", "bind", "*of"});
  for (const auto* name : {"maxmemory", "maxmemory-clients", "bind", "slaveof", "replicaof"}) {
    EXPECT_TRUE(shown.contains(name)) << name;
  }
}

TEST_F(TableTest, PatternsDoNotMatchHiddenSettings) {
  EXPECT_FALSE(get({"*"}).contains("key-load-delay"));
  EXPECT_TRUE(get({"key-load-delay"}).contains("key-load-delay"));
}

TEST_F(TableTest, SetsFieldsOfEveryKind) {
  EXPECT_EQ(set({{"Port", "7000"},
                 {"maxmemory", "100mb"},
                 {"protected-mode", "NO"},
                 {"requirepass", "secret word"},
                 {"loglevel", "Debug"},
                 {"maxmemory-clients", "5%"},
                 {"client-output-buffer-limit", "replica 1mb 2 3"},
                 {"latency-tracking-info-percentiles", "50.50 1e1"},
                 {"shutdown-on-sigterm", "nosave force now"},
                 {"bind", "127.0.0.1 -::1"}}),
            "OK");
  const auto& settings = table.settings();
  EXPECT_EQ(settings.port, 7000);
  EXPECT_EQ(settings.maxmemory, 100 << 20);
  EXPECT_FALSE(settings.protected_mode);
  EXPECT_EQ(settings.requirepass, "secret word");
  EXPECT_EQ(settings.loglevel, log::Level::debug);
  EXPECT_EQ(settings.maxmemory_clients, -5);
  EXPECT_EQ(settings.client_output_buffer_limit[1].hard_bytes, 1 << 20);
  EXPECT_THAT(settings.latency_tracking_info_percentiles, ElementsAre(50.5, 10.0));
  EXPECT_TRUE(settings.shutdown_on_sigterm.now && settings.shutdown_on_sigterm.nosave);
  EXPECT_THAT(settings.bind, ElementsAre("127.0.0.1", "-::1"));
  EXPECT_EQ(table.text("maxmemory-clients"), "5%");
  EXPECT_EQ(table.text("shutdown-on-sigterm"), "nosave now force");
  EXPECT_EQ(table.text("latency-tracking-info-percentiles"), "50.5 10");
  EXPECT_EQ(table.text("client-output-buffer-limit"),
            "normal 0 0 0 slave 1048576 2 3 pubsub 33554432 8388608 60");
}

TEST_F(TableTest, SaysWhatIsWrongAsRedisDoes) {
  const struct {
    std::string_view name, value, why;
  } kCases[] = {
      {"maxmemory", "abc", "argument must be a memory value"},
      {"maxmemory", "-1", "argument must be a memory value"},
      {"maxmemory", "20000000000000000000", "argument must be a memory value"},
      {"maxmemory", "1.5gb", "argument must be a memory value"},
      {"port", "70000", "argument must be between 0 and 65535 inclusive"},
      {"port", "007", "argument couldn't be parsed into an integer"},
      {"port", "", "argument couldn't be parsed into an integer"},
      {"daemonize", "yes", "can't set immutable config"},
      {"dir", "/tmp", "can't set protected config"},
      {"protected-mode", "1", "argument must be 'yes' or 'no'"},
      {"maxmemory-clients", "101%", "percentage argument must be less or equal to 100"},
      {"maxmemory-clients", "-5", "argument must be a memory or percent value"},
      {"maxclients", "0", "argument must be between 1 and 4294967295 inclusive"},
      {"proto-max-bulk-len", "1",
       "argument must be between 1048576 and 9223372036854775807 inclusive"},
      {"loglevel", "foo",
       "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"},
      {"shutdown-on-sigint", "save nosave",
       "shutdown options SAVE and NOSAVE can't be used simultaneously"},
      {"notify-keyspace-events", "Q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
      {"save", "1 2 3", "Invalid save parameters"},
      {"save", "0 5", "Invalid save parameters"},
      {"save", "10 -1", "Invalid save parameters"},
      {"client-output-buffer-limit", "replica 1 2",
       "Wrong number of arguments in buffer limit configuration."},
      {"client-output-buffer-limit", "master 1 2 3",
       "Invalid client class specified in buffer limit configuration."},
      {"client-output-buffer-limit", "replica 1 2 x",
       "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
      {"latency-tracking-info-percentiles", "101",
       "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
      {"oom-score-adj-values", "1", "wrong number of arguments"},
      {"oom-score-adj-values", "1 2 2001",
       "Invalid oom-score-adj-values, elements must be between -2000 and 2000."},
      {"proc-title-template", "{foo}", "template format is invalid or contains unknown variables"},
      {"proc-title-template", "{title", "template format is invalid or contains unknown variables"},
      {"slave-priority", "x", "argument couldn't be parsed into an integer"},
  };
  for (const auto& [name, value, why] : kCases) EXPECT_EQ(set(name, value), failed(name, why));
  EXPECT_EQ(set("NoSuch", "1"), "Unknown option or number of arguments for CONFIG SET - 'NoSuch'");
  EXPECT_EQ(set({{"maxmemory", "1"}, {"MaxMemory", "2"}}),
            failed("MaxMemory", "duplicate parameter"));
  EXPECT_EQ(set("MAXMEMORY", "x"), failed("maxmemory", "argument must be a memory value"));
}

TEST_F(TableTest, DirectoriesMustExist) {
  const Table::Caller caller{.may_set_protected = true};
  EXPECT_EQ(set({{"dir", "/nonexistent"}}, caller), failed("dir", "No such file or directory"));
  EXPECT_EQ(set({{"dir", "/etc/passwd"}}, caller), failed("dir", "Not a directory"));
  EXPECT_EQ(set({{"dir", "/tmp/../tmp/"}}, caller), "OK");
  EXPECT_EQ(table.settings().dir, "/tmp");
}

TEST_F(TableTest, KeyspaceEventsHaveOneSpelling) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"KEA", "AKE"}, {"Kgxn", "gxnK"}, {"g$lshzxetdK", "AK"}, {"", ""}, {"mKE", "KEm"}};
  for (const auto& [given, shown] : kCases) {
    EXPECT_EQ(set("notify-keyspace-events", given), "OK");
    EXPECT_EQ(table.text("notify-keyspace-events"), shown);
  }
}

TEST_F(TableTest, FrequenciesOutsideAreMovedToTheNearest) {
  EXPECT_EQ(set("hz", "1000"), "OK");
  EXPECT_EQ(table.settings().hz, 500);
  EXPECT_EQ(set("hz", "0"), "OK");
  EXPECT_EQ(table.text("hz"), "1");
}

TEST_F(TableTest, OneWrongValueRestoresAll) {
  EXPECT_EQ(set("maxmemory", "10000002"), "OK");
  EXPECT_THAT(set({{"maxmemory", "10000001"},
                   {"maxmemory-clients", "200%"},
                   {"client-query-buffer-limit", "invalid"}}),
              HasSubstr("'maxmemory-clients') - percentage"));
  EXPECT_EQ(table.settings().maxmemory, 10000002);
  EXPECT_EQ(table.text("maxmemory"), "10000002");
}

TEST_F(TableTest, AHookMayRefuseAndIsToldOfTheReturn) {
  std::vector<std::int64_t> ports;
  int sizes = 0;
  table.on_change({"maxmemory", "maxmemory-samples"}, [&](const Settings&) {
    ++sizes;
    return base::Result<void>{};
  });
  table.on_change({"port"}, [&](const Settings& settings) -> base::Result<void> {
    ports.push_back(settings.port);
    if (settings.port == 81)
      return base::failure("Unable to listen on this port. Check server logs.");
    return {};
  });
  EXPECT_EQ(set({{"maxmemory", "1gb"}, {"maxmemory-samples", "7"}, {"port", "80"}}), "OK");
  EXPECT_EQ(sizes, 1);
  EXPECT_EQ(set({{"maxmemory", "2gb"}, {"port", "81"}}),
            failed("port", "Unable to listen on this port. Check server logs."));
  EXPECT_EQ(sizes, 3);
  EXPECT_THAT(ports, ElementsAre(80, 81, 80));
  EXPECT_EQ(table.settings().maxmemory, 1 << 30);
  EXPECT_EQ(set("port", "80"), "OK");
  EXPECT_EQ(ports.size(), 3u) << "nothing changed";
}

TEST_F(TableTest, SomeSettingsWaitForTheEndOfLoading) {
  const Table::Caller caller{.may_set_protected = true, .is_loading = true};
  EXPECT_EQ(set({{"dir", "/tmp"}}, caller), "LOADING");
  EXPECT_EQ(set({{"loglevel", "debug"}}, caller), "OK");
}

TEST_F(TableTest, AliasesAreTheSameSetting) {
  EXPECT_EQ(set("hash-max-ziplist-entries", "21"), "OK");
  EXPECT_EQ(table.settings().hash_max_listpack_entries, 21);
  EXPECT_EQ(get({"hash-max-listpack-entries"}).begin()->second, "21");
  EXPECT_THAT(set({{"slave-priority", "1"}, {"replica-priority", "2"}}), HasSubstr("duplicate"));
}

TEST_F(TableTest, NamesWhatBelongsToFeaturesToCome) {
  EXPECT_THAT(table.later_in_use(), IsEmpty());
  EXPECT_EQ(set({{"rdb-del-sync-files", "yes"}, {"timeout", "5"}, {"tls-replication", "yes"}}),
            "OK");
  EXPECT_THAT(table.later_in_use(), ElementsAre("rdb-del-sync-files", "tls-replication"));
}

TEST_F(TableTest, TheServerMayCorrectAValue) {
  table.correct("maxclients", "4064");
  EXPECT_EQ(table.settings().maxclients, 4064);
}

}  // namespace
}  // namespace larder::settings
