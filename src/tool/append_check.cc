#include "tool/append_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/files.h"
#include "base/unique_fd.h"
#include "persist/append_manifest.h"
#include "persist/append_reader.h"
#include "persist/file_source.h"
#include "persist/snapshot_format.h"
#include "tool/snapshot_scan.h"

namespace larder::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestSuffix = ".manifest";

std::string failure_of(const std::string& path) {
  return fmt::format("{}: {}", path, std::strerror(errno));
}

base::Result<std::string> manifest_in(const std::string& folder) {
  std::string found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(kManifestSuffix) || name.starts_with("temp-")) continue;
    if (!found.empty()) {
      return base::failure(fmt::format("{}: there are several manifests; name one", folder));
    }
    found = entry.path().string();
  }
  if (error) return base::failure(fmt::format("{}: {}", folder, error.message()));
  if (found.empty()) return base::failure(fmt::format("{}: there is no manifest in it", folder));
  return found;
}

base::Result<std::vector<std::string>> files_of_manifest(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::failure(failure_of(path));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto manifest = persist::AppendManifest::parse(text);
  if (!manifest) {
    const auto& failure = manifest.error();
    return base::failure(fmt::format("{}: line {}: {}", path, failure.line_number, failure.reason));
  }
  const auto folder = fs::path(path).parent_path();
  std::vector<std::string> files;
  if (manifest->base()) files.push_back((folder / manifest->base()->name).string());
  for (const auto& increment : manifest->increments()) {
    files.push_back((folder / increment.name).string());
  }
  return files;
}

bool begins_with_snapshot(const std::string& path) {
  std::array<char, persist::kRdbSignatureBytes> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), bytes.size());
  const std::string_view head(bytes.data(), static_cast<std::size_t>(file.gcount()));
  return persist::begins_as_snapshot(head);
}

// Reads commands until they end, are damaged or too young.
void check_commands(persist::FileSource& source, std::optional<std::int64_t> until_s,
                    AppendFileCheck& check) {
  using Status = persist::AppendReader::Status;
  persist::AppendReader reader(source, source.has_filler());
  auto status = Status::command;
  while (status == Status::command) {
    check.whole_bytes = reader.whole_until();
    status = reader.next();
    if (status != Status::command) break;
    ++check.commands;
    if (until_s && !check.first_after && reader.time_s() > *until_s) {
      check.first_after = check.whole_bytes;
    }
  }
  check.whole_bytes = reader.whole_until();
  check.can_be_cut = true;
  if (status == Status::damaged) {
    check.damage = fmt::format("what stands at byte {} is no command", reader.offset());
  } else if (status == Status::truncated) {
    check.damage = fmt::format("the file ends within the command at byte {}", reader.offset());
  } else if (reader.is_in_transaction()) {
    check.damage = "the file ends within a transaction, whose EXEC is missing";
  }
}

// Copies what stands behind `from` to the end.
bool copy_end(int from_fd, std::uint64_t from, int to_fd) {
  std::array<char, 64 * 1024> bytes{};
  auto at = static_cast<off_t>(from);
  for (;;) {
    const auto count = ::pread(from_fd, bytes.data(), bytes.size(), at);
    if (count <= 0) return count == 0 && ::fsync(to_fd) == 0;
    if (!base::write_all(to_fd, {bytes.data(), static_cast<std::size_t>(count)})) return false;
    at += count;
  }
}

}  // namespace

base::Result<std::vector<std::string>> append_files(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    auto manifest = manifest_in(path);
    if (!manifest) return base::failure(std::move(manifest.error()));
    return files_of_manifest(*manifest);
  }
  if (path.ends_with(kManifestSuffix)) return files_of_manifest(path);
  return std::vector<std::string>{path};
}

base::Result<AppendFileCheck> check_append_file(const std::string& path, bool is_last,
                                                std::optional<std::int64_t> until_s) {
  const bool has_snapshot = begins_with_snapshot(path);
  auto source = persist::FileSource::open_appended(path, has_snapshot);
  if (!source) return base::failure(fmt::format("{}: {}", path, std::strerror(source.error())));
  AppendFileCheck check;
  check.path = path;
  check.is_last = is_last;
  check.size_bytes = (*source)->size();
  if (has_snapshot) {
    SnapshotScan scan;
    const auto scanned = scan.run(**source, [&check](const ScannedKey&) { ++check.snapshot_keys; });
    if (!scanned) {
      check.damage = fmt::format("in its snapshot: {}", scanned.error());
      return check;
    }
  }
  check_commands(**source, until_s, check);
  if (const auto failure = (*source)->failure(); !failure.empty()) {
    return base::failure(fmt::format("{}: {}", path, failure));
  }
  return check;
}

base::Result<std::string> cut_file(const std::string& path, std::uint64_t size_bytes) {
  const base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return base::failure(failure_of(path));
  auto rest_path = fmt::format("{}.from-{}", path, size_bytes);
  const base::UniqueFd rest(
      ::open(rest_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!rest) return base::failure(failure_of(rest_path));
  if (!copy_end(file.get(), size_bytes, rest.get())) return base::failure(failure_of(rest_path));
  if (::ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0 || ::fsync(file.get()) != 0) {
    return base::failure(failure_of(path));
  }
  return rest_path;
}

}  // namespace larder::tool
