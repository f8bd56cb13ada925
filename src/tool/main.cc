// The larder-tool program: looks at the files of a server that need not run.
// It ends with 0 where a file is whole, 1 where it is damaged, 2 where it could not be looked at.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "base/clock.h"
#include "families/keys.h"
#include "larder/version.h"
#include "persist/file_source.h"
#include "tool/append_check.h"
#include "tool/report.h"
#include "tool/snapshot_scan.h"
#include "tool/text.h"

namespace larder::tool {
namespace {

constexpr int kWhole = 0;
constexpr int kDamaged = 1;
constexpr int kFailed = 2;

int fail(const std::string& text) {
  fmt::print(stderr, "larder-tool: {}\n", text);
  return kFailed;
}

// A scan of a whole file.
struct FileScan {
  SnapshotScan scan;
  std::string damage;
  std::uint64_t bytes_behind = 0;  // which do not belong to the snapshot
};

// False where the file cannot be opened or read; it said so then.
bool scan_file(const std::string& path, SnapshotScan::Visitor visit, FileScan& result) {
  auto source = persist::FileSource::open(path, true);
  if (!source) {
    fail(fmt::format("{}: {}", path, std::strerror(source.error())));
    return false;
  }
  const auto scanned = result.scan.run(**source, visit);
  if (const auto failure = (*source)->failure(); !failure.empty()) {
    fail(fmt::format("{}: {}", path, failure));
    return false;
  }
  if (!scanned) {
    result.damage = scanned.error();
  } else {
    result.bytes_behind = (*source)->size() - (*source)->offset();
  }
  return true;
}

int check_rdb(const std::string& path) {
  std::map<keyspace::Type, std::uint64_t> types;
  std::uint64_t keys = 0;
  std::uint64_t expired = 0;
  const auto now = base::unix_ms();
  FileScan file;
  const auto visit = [&](const ScannedKey& key) {
    ++keys;
    ++types[key.type];
    expired += key.deadline <= now ? 1 : 0;
  };
  if (!scan_file(path, visit, file)) return kFailed;
  const auto& facts = file.scan.facts();
  if (!file.damage.empty()) {
    fmt::print("{}: damaged: {}\n", path, file.damage);
    if (keys != 0) fmt::print("  last whole key: {}\n", shown(file.scan.last_key()));
  } else {
    fmt::print("{}: whole\n", path);
  }
  fmt::print("  format version {}, written by {}{}\n", facts.version,
             facts.written_by.empty() ? "an unknown server" : shown(facts.written_by),
             facts.created_s == 0 ? "" : " at " + shown_time(facts.created_s));
  fmt::print("  keys: {}, {} of them past their deadline\n", keys, expired);
  for (const auto& [type, count] : types) {
    fmt::print("    {}: {}\n", families::type_name(type), count);
  }
  if (file.scan.empty_keys() != 0) {
    fmt::print("  keys without elements: {}\n", file.scan.empty_keys());
  }
  if (file.scan.libraries() != 0) {
    fmt::print("  function libraries: {}\n", file.scan.libraries());
  }
  if (!file.damage.empty()) return kDamaged;
  fmt::print("  checksum: {}\n", facts.has_checksum ? "matches" : "there is none");
  if (file.bytes_behind != 0) {
    fmt::print("  {} bytes follow the snapshot\n", file.bytes_behind);
  }
  return kWhole;
}

int report_rdb(const std::string& path, const ReportOptions& options, bool as_json) {
  Report report(options);
  FileScan file;
  const auto visit = [&report](const ScannedKey& key) { report.add(key); };
  if (!scan_file(path, visit, file)) return kFailed;
  const auto text =
      as_json ? report_json(file.scan, report, path, file.damage) : report_text(file.scan, report);
  std::fputs(text.c_str(), stdout);
  if (file.damage.empty()) return kWhole;
  fmt::print(stderr, "larder-tool: {}: damaged: {}; the report ends there\n", path, file.damage);
  return kDamaged;
}

struct AppendOptions {
  bool fixes = false;
  std::optional<std::int64_t> until_s;
};

void tell(const AppendFileCheck& check) {
  fmt::print("{}: {}\n", check.path, check.damage.empty() ? "whole" : "damaged: " + check.damage);
  if (check.snapshot_keys != 0) fmt::print("  keys of its snapshot: {}\n", check.snapshot_keys);
  fmt::print("  commands: {}\n", check.commands);
  if (!check.damage.empty()) {
    fmt::print("  whole up to byte {} of {}\n", check.whole_bytes, check.size_bytes);
  }
}

int cut(const AppendFileCheck& check, std::uint64_t size_bytes) {
  const auto rest = cut_file(check.path, size_bytes);
  if (!rest) return fail(rest.error());
  fmt::print("  cut off at byte {}; the {} bytes behind it are in {}\n", size_bytes,
             check.size_bytes - size_bytes, *rest);
  return kWhole;
}

int check_one(const AppendFileCheck& check, const AppendOptions& options) {
  tell(check);
  if (check.first_after && !check.is_last) {
    return fail(
        fmt::format("{}: commands younger than that are not in the last file only; remove "
                    "the files behind this one from the manifest first",
                    check.path));
  }
  if (check.first_after) return cut(check, *check.first_after);
  if (check.damage.empty()) return kWhole;
  if (!check.can_be_cut || !check.is_last) {
    fmt::print("  it cannot be mended: {}\n",
               check.is_last ? "a snapshot has no usable part" : "other files follow it");
    return kDamaged;
  }
  if (options.fixes) return cut(check, check.whole_bytes);
  fmt::print("  --fix cuts off the rest\n");
  return kDamaged;
}

// As a crash at the beginning of a rewrite leaves the next increment.
bool is_empty_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::file_size(path, error) == 0;
}

int check_aof(const std::string& path, const AppendOptions& options) {
  const auto files = append_files(path);
  if (!files) return fail(files.error());
  int worst = kWhole;
  for (std::size_t i = 0; i < files->size() && worst == kWhole; ++i) {
    const bool is_last = std::all_of(files->begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                     files->end(), is_empty_file);
    const auto check = check_append_file((*files)[i], is_last, options.until_s);
    if (!check) return fail(check.error());
    worst = check_one(*check, options);
  }
  return worst;
}

int run(int argc, char** argv) {
  CLI::App app(
      "Looks at the files that larder-server, Redis and Valkey leave on the disk.\n"
      "Ends with 0 where they are whole, 1 where one is damaged, 2 where it could not look.",
      "larder-tool");
  app.set_version_flag("--version", std::string(kLarderVersion));
  app.require_subcommand(1);
  std::string path;

  auto* rdb =
      app.add_subcommand("check-rdb", "Whether a snapshot is whole; what is wrong, and where");
  rdb->add_option("FILE", path, "The snapshot")->required();

  ReportOptions report_options{.now = base::unix_ms()};
  bool as_json = false;
  auto* report = app.add_subcommand("rdb-report", "Keys, memory and TTLs by type and prefix");
  report->add_option("FILE", path, "The snapshot")->required();
  report->add_flag("--json", as_json, "As JSON");
  report->add_option("--delimiter", report_options.delimiter, "What ends a prefix")
      ->capture_default_str()
      ->check([](const std::string& text) { return text.empty() ? "must not be empty" : ""; });
  report->add_option("--depth", report_options.depth, "Delimiters that a prefix has")
      ->capture_default_str()
      ->check(CLI::Range(1U, 100U));
  report->add_option("--prefixes", report_options.prefixes_shown, "How many prefixes to show")
      ->capture_default_str()
      ->check(CLI::Range(0U, 50'000U));
  report->add_option("--biggest", report_options.biggest_shown, "How many big keys to show")
      ->capture_default_str()
      ->check(CLI::Range(0U, 100'000U));

  AppendOptions append_options;
  auto* aof = app.add_subcommand("check-aof", "Whether an append-only log is whole");
  aof->add_option("PATH", path, "Its manifest, its folder, or a single file")->required();
  auto* fix = aof->add_flag("--fix", append_options.fixes,
                            "Cut off a damaged end of the last file; it is kept beside it");
  aof->add_option("--truncate-to-timestamp", append_options.until_s,
                  "Cut off what was written after this second (Unix time; the log needs "
                  "aof-timestamp-enabled)")
      ->excludes(fix);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kWhole : kFailed;
  }
  if (rdb->parsed()) return check_rdb(path);
  if (report->parsed()) return report_rdb(path, report_options, as_json);
  return check_aof(path, append_options);
}

}  // namespace
}  // namespace larder::tool

int main(int argc, char** argv) {
  try {
    return larder::tool::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "larder-tool: %s\n", error.what());
    return 2;
  }
}
