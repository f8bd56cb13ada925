#include "persist/append_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/files.h"
#include "persist/appended_file.h"

namespace larder::persist {
namespace {

auto failed(std::string_view what, std::string_view path) {
  return base::failure(fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

base::Result<void> sync_directory_of(const std::string& path) {
  if (base::sync_directory_of(path)) return {};
  return failed("Fail to fsync AOF directory of", path);
}

std::string text_of(const AppendManifest::Failure& failure) {
  std::string text = "*** FATAL AOF MANIFEST FILE ERROR ***\n";
  if (failure.line_number != 0) {
    text += fmt::format("Reading the manifest file, at line {}\n>>> '{}'\n", failure.line_number,
                        failure.line);
  }
  return text + failure.reason;
}

}  // namespace

std::string AppendDirectory::path_of(std::string_view name) const {
  return fmt::format("{}/{}", directory_, name);
}

std::string AppendDirectory::temporary_increment() const {
  return fmt::format("temp-{}.incr", prefix_);
}

base::Result<bool> AppendDirectory::read() {
  const auto path = path_of(manifest_name(prefix_));
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return failed("Fatal error: can't open the AOF manifest file", path);
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return failed("Fatal error: can't open the AOF manifest file", path);
  auto manifest = AppendManifest::parse(text);
  if (!manifest) return base::failure(text_of(manifest.error()));
  manifest_ = std::move(*manifest);
  return true;
}

base::Result<void> AppendDirectory::create() {
  if (::mkdir(directory_.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return failed("Can't open or create append-only dir", directory_);
}

base::Result<void> AppendDirectory::publish(const AppendManifest& manifest) {
  const auto path = path_of(manifest_name(prefix_));
  const auto temporary = path_of("temp-" + manifest_name(prefix_));
  const base::UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd || !base::write_all(fd.get(), manifest.text()) || ::fsync(fd.get()) != 0) {
    return failed("Error trying to write the temporary AOF manifest file", temporary);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return failed("Error trying to rename the temporary AOF manifest file to", path);
  }
  if (auto synced = sync_directory_of(path); !synced) return synced;
  manifest_ = manifest;
  return {};
}

// The manifest names the file first: until it is moved, a start finds it where it was.
base::Result<void> AppendDirectory::adopt(const std::string& path) {
  if (auto created = create(); !created) return created;
  AppendManifest manifest;
  manifest.adopt_base(prefix_);
  if (auto published = publish(manifest); !published) return published;
  const auto base = path_of(prefix_);
  if (std::rename(path.c_str(), base.c_str()) != 0) {
    return failed("Error trying to move the old AOF file into the directory:", path);
  }
  return sync_directory_of(base);
}

base::Result<AppendDirectory::Opened> AppendDirectory::open(const std::string& name,
                                                            int flags) const {
  const auto path = path_of(name);
  Opened opened{base::UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0644)), name};
  struct stat found {};
  if (!opened.fd || ::fstat(opened.fd.get(), &found) != 0) {
    return failed("Can't open the append-only file", path);
  }
  const auto bytes = static_cast<std::uint64_t>(found.st_size);
  opened.bytes = end_of_appended(opened.fd.get(), bytes);
  if (opened.bytes != bytes &&
      ::ftruncate(opened.fd.get(), static_cast<off_t>(opened.bytes)) != 0) {
    return failed("Can't cut off what is behind the end of", path);
  }
  return opened;
}

base::Result<AppendDirectory::Opened> AppendDirectory::open_last_increment() {
  if (manifest_.increments().empty()) return add_increment();
  return open(manifest_.increments().back().name, O_CREAT);
}

// What a crash left under that name is no part of the log.
base::Result<AppendDirectory::Opened> AppendDirectory::add_increment() {
  auto manifest = manifest_;
  auto opened = open(manifest.add_increment(prefix_).name, O_CREAT | O_TRUNC);
  if (!opened) return opened;
  if (auto published = publish(manifest); !published) return base::failure(published.error());
  return opened;
}

// Whoever still writes to an earlier one of that name does not write to this one.
base::Result<AppendDirectory::Opened> AppendDirectory::open_temporary_increment() {
  remove_temporary_increment();
  return open(temporary_increment(), O_CREAT | O_TRUNC);
}

base::Result<void> AppendDirectory::replace_base(const std::string& path, bool is_snapshot,
                                                 std::size_t kept_increments) {
  const auto base = base_path(is_snapshot);
  if (std::rename(path.c_str(), base.c_str()) != 0) {
    return failed("Error trying to rename the temporary AOF base file to", base);
  }
  auto manifest = manifest_;
  manifest.replace_base(prefix_, is_snapshot, kept_increments);
  return publish(manifest);
}

base::Result<void> AppendDirectory::replace_all(const std::string& path, bool is_snapshot) {
  const auto base = base_path(is_snapshot);
  const auto increment = path_of(manifest_.next_increment_name(prefix_));
  if (std::rename(path.c_str(), base.c_str()) != 0) {
    return failed("Error trying to rename the temporary AOF base file to", base);
  }
  if (std::rename(path_of(temporary_increment()).c_str(), increment.c_str()) != 0) {
    return failed("Error trying to rename the temporary AOF incr file to", increment);
  }
  auto manifest = manifest_;
  manifest.replace_base(prefix_, is_snapshot, 0);
  manifest.add_increment(prefix_);
  return publish(manifest);
}

base::Result<void> AppendDirectory::remove_history() {
  if (manifest_.history().empty()) return {};
  for (const auto& file : manifest_.history()) ::unlink(path_of(file.name).c_str());
  auto manifest = manifest_;
  manifest.forget_history();
  return publish(manifest);
}

void AppendDirectory::remove_temporary_increment() const {
  ::unlink(path_of(temporary_increment()).c_str());
}

}  // namespace larder::persist
