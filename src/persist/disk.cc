#include "persist/disk.h"

#include <fcntl.h>
#include <unistd.h>

namespace larder::persist {

ssize_t Disk::write(int fd, const char* bytes, std::size_t count, std::uint64_t offset) {
  return ::pwrite(fd, bytes, count, static_cast<off_t>(offset));
}
int Disk::sync(int fd) { return ::fdatasync(fd); }
int Disk::truncate(int fd, std::uint64_t bytes) {
  return ::ftruncate(fd, static_cast<off_t>(bytes));
}
int Disk::reserve(int fd, std::uint64_t offset, std::uint64_t bytes) {
  return ::fallocate(fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                     static_cast<off_t>(bytes));
}

namespace {
class SystemDisk final : public Disk {};
}  // namespace

Disk& system_disk() noexcept {
  static SystemDisk disk;
  return disk;
}

}  // namespace larder::persist
