// What a snapshot's keys add up to: by type, by prefix, by how long they have to live, and which
// are the biggest. Its own memory has a bound, however many prefixes there are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "tool/snapshot_scan.h"

namespace larder::tool {

struct ReportOptions {
  std::string delimiter = ":";
  unsigned depth = 1;  // delimiters that belong to a prefix
  unsigned prefixes_shown = 20;
  unsigned biggest_shown = 10;
  base::UnixMs now = 0;
};

struct Sum {
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
  std::uint64_t with_ttl = 0;
  std::uint64_t expired = 0;  // their deadline was before `now`; counted in with_ttl as well
  double ttl_seconds = 0;     // of all that have one and are not expired, together

  void add(const ScannedKey& key, base::UnixMs now) noexcept;
  void add(const Sum& other) noexcept;
  double average_ttl_seconds() const noexcept;
};

// Keys by how long they have to live.
struct TtlClass {
  std::string_view name;
  std::int64_t below_seconds;  // and not below the class before
  std::uint64_t keys = 0;
};

class Report {
 public:
  explicit Report(ReportOptions options);

  void add(const ScannedKey& key);

  struct Biggest {
    std::string name;
    std::uint64_t database = 0;
    keyspace::Type type = keyspace::Type::string;
    std::uint64_t bytes = 0;
    keyspace::Deadline deadline = keyspace::kNever;
  };
  struct Prefix {
    std::string name;
    Sum sum;
  };

  const ReportOptions& options() const noexcept { return options_; }
  const Sum& total() const noexcept { return total_; }
  const std::map<keyspace::Type, Sum>& types() const noexcept { return types_; }
  const std::vector<TtlClass>& ttl_classes() const noexcept { return ttl_classes_; }
  // Those with the most bytes first, at most `prefixes_shown`; what is not among them is in
  // `others`.
  std::vector<Prefix> prefixes(Sum& others) const;
  std::vector<Biggest> biggest() const;  // first

 private:
  std::string_view prefix_of(std::string_view name) const noexcept;
  void add_to_prefix(const ScannedKey& key);
  void forget_small_prefixes();
  void note_if_big(const ScannedKey& key);

  ReportOptions options_;
  Sum total_;
  std::map<keyspace::Type, Sum> types_;
  std::vector<TtlClass> ttl_classes_;
  std::map<std::string, Sum, std::less<>> prefixes_;
  Sum without_prefix_;
  Sum forgotten_;
  std::vector<Biggest> biggest_;  // a heap, the smallest on top
};

// Of the names in Report::prefixes().
inline constexpr std::string_view kWithoutPrefix = "(no prefix)";

std::string report_text(const SnapshotScan& scan, const Report& report);
// `damage`: where and why the file could not be read on; empty where it could.
std::string report_json(const SnapshotScan& scan, const Report& report, std::string_view file,
                        std::string_view damage);

}  // namespace larder::tool
