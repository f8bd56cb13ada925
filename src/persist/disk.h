// The system's calls by which an append-only log is written; others in tests.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace larder::persist {

// They fail with errno set.
class Disk {
 public:
  virtual ssize_t write(int fd, const char* bytes, std::size_t count, std::uint64_t offset);
  virtual int sync(int fd);
  virtual int truncate(int fd, std::uint64_t bytes);
  // Has room for those bytes behind the file's end, which stays where it is.
  virtual int reserve(int fd, std::uint64_t offset, std::uint64_t bytes);

 protected:
  ~Disk() = default;
};
Disk& system_disk() noexcept;

}  // namespace larder::persist
