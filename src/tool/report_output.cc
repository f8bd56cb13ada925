// The report as a text for people and as JSON for programs.
#include <fmt/format.h>

#include "families/keys.h"
#include "tool/report.h"
#include "tool/text.h"

namespace larder::tool {
namespace {

std::string shown_duration(double seconds) {
  if (seconds >= 2 * 86400) return fmt::format("{:.1f} d", seconds / 86400);
  if (seconds >= 2 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  if (seconds >= 2 * 60) return fmt::format("{:.1f} min", seconds / 60);
  return fmt::format("{:.0f} s", seconds);
}

std::string ttl_of(const Sum& sum) {
  return sum.with_ttl == sum.expired ? "-" : shown_duration(sum.average_ttl_seconds());
}

void append_heading(std::string& text, std::string_view name) {
  text += fmt::format("\n{:>12} {:>12} {:>12} {:>12}  {}\n", "keys", "memory", "with TTL",
                      "average TTL", name);
}

void append_line(std::string& text, std::string_view name, const Sum& sum) {
  text += fmt::format("{:>12} {:>12} {:>12} {:>12}  {}\n", sum.keys, shown_bytes(sum.bytes),
                      sum.with_ttl, ttl_of(sum), name);
}

std::string json_sum(const Sum& sum) {
  return fmt::format(
      R"("keys":{},"bytes":{},"with_ttl":{},"expired":{},"average_ttl_seconds":{:.0f})", sum.keys,
      sum.bytes, sum.with_ttl, sum.expired, sum.average_ttl_seconds());
}

// Joins what `write` makes of each item.
template <class Items, class Write>
std::string json_array(const Items& items, Write write) {
  std::string json = "[";
  for (const auto& item : items) {
    if (json.size() > 1) json += ',';
    json += '{' + write(item) + '}';
  }
  return json + ']';
}

std::string json_biggest(const Report::Biggest& key, base::UnixMs now) {
  auto json = fmt::format(R"("key":{},"database":{},"type":"{}","bytes":{})", json_string(key.name),
                          key.database, families::type_name(key.type), key.bytes);
  if (key.deadline != keyspace::kNever) {
    json += fmt::format(R"(,"ttl_seconds":{})", (key.deadline - now) / 1000);
  }
  return json;
}

}  // namespace

std::string report_text(const SnapshotScan& scan, const Report& report) {
  const auto& facts = scan.facts();
  auto text =
      fmt::format("Written by {} (format version {}){}\n",
                  facts.written_by.empty() ? "an unknown server" : shown(facts.written_by),
                  facts.version, facts.created_s == 0 ? "" : ", " + shown_time(facts.created_s));
  append_heading(text, "type");
  for (const auto& [type, sum] : report.types()) {
    append_line(text, families::type_name(type), sum);
  }
  append_line(text, "all", report.total());

  text += fmt::format("\n{:>12}  {}\n", "keys", "time to live");
  for (const auto& ttl : report.ttl_classes()) {
    if (ttl.keys != 0) text += fmt::format("{:>12}  {}\n", ttl.keys, ttl.name);
  }
  append_heading(text, "prefix");
  Sum others;
  for (const auto& prefix : report.prefixes(others)) {
    append_line(text, shown(prefix.name), prefix.sum);
  }
  if (others.keys != 0) append_line(text, "(others)", others);

  text += fmt::format("\n{:>12} {:>10}  {}\n", "memory", "type", "biggest keys");
  for (const auto& key : report.biggest()) {
    text += fmt::format("{:>12} {:>10}  {}{}\n", shown_bytes(key.bytes),
                        families::type_name(key.type), shown(key.name),
                        key.database == 0 ? "" : fmt::format(" (database {})", key.database));
  }
  return text;
}

std::string report_json(const SnapshotScan& scan, const Report& report, std::string_view file,
                        std::string_view damage) {
  const auto& facts = scan.facts();
  auto json = fmt::format(R"({{"file":{},"version":{},"written_by":{},"created":{},{})",
                          json_string(file), facts.version, json_string(facts.written_by),
                          facts.created_s, json_sum(report.total()));
  json += R"(,"types":)" + json_array(report.types(), [](const auto& item) {
            return fmt::format(R"("type":"{}",{})", families::type_name(item.first),
                               json_sum(item.second));
          });
  json += R"(,"ttls":)" + json_array(report.ttl_classes(), [](const TtlClass& ttl) {
            return fmt::format(R"("ttl":"{}","keys":{})", ttl.name, ttl.keys);
          });
  Sum others;
  json += R"(,"prefixes":)" + json_array(report.prefixes(others), [](const auto& prefix) {
            return fmt::format(R"("prefix":{},{})", json_string(prefix.name), json_sum(prefix.sum));
          });
  json += fmt::format(R"(,"other_prefixes":{{{}}})", json_sum(others));
  const auto now = report.options().now;
  json += R"(,"biggest":)" +
          json_array(report.biggest(), [&](const auto& key) { return json_biggest(key, now); });
  if (!damage.empty()) json += R"(,"damage":)" + json_string(damage);
  return json + "}\n";
}

}  // namespace larder::tool
