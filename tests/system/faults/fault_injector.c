// Preloaded into a server under test: makes the disk fail or dawdle. The file that LARDER_FAULTS
// names has a rule a line, read anew at each call, so that a test changes them while the server
// runs:
//
//   <call> <pattern of file names> <errno> | slow <microseconds>
//
// Calls: open (of files that are created), write, sync, rename (by its target), fork (any pattern).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const struct {
  const char* name;
  int code;
} kErrors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EACCES", EACCES}, {"EROFS", EROFS},
               {"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM}, {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG}};

// By system calls: the functions of their names are replaced below.
static size_t read_rules(char* text, size_t size) {
  const char* path = getenv("LARDER_FAULTS");
  if (path == NULL) return 0;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t count = read(fd, text, size - 1);
  close(fd);
  if (count <= 0) return 0;
  text[count] = '\0';
  return (size_t)count;
}

// Whether the call is to fail; errno says with what. Waits where it is to be slow.
static int fails(const char* call, const char* path) {
  char text[4096];
  if (read_rules(text, sizeof text) == 0) return 0;
  const char* const slash = strrchr(path, '/');
  const char* const name = slash == NULL ? path : slash + 1;
  char* rest = NULL;
  for (char* line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    char rule_call[16], pattern[256], effect[16];
    unsigned microseconds = 0;
    if (sscanf(line, "%15s %255s %15s %u", rule_call, pattern, effect, &microseconds) < 3) continue;
    if (strcmp(rule_call, call) != 0 || fnmatch(pattern, name, 0) != 0) continue;
    if (strcmp(effect, "slow") == 0) usleep(microseconds);
    for (size_t i = 0; i < sizeof kErrors / sizeof *kErrors; ++i) {
      if (strcmp(effect, kErrors[i].name) != 0) continue;
      errno = kErrors[i].code;
      return 1;
    }
  }
  return 0;
}

static int fails_for(const char* call, int fd) {
  struct stat status;
  const int before = errno;
  char link[64], path[PATH_MAX];
  if (fstat(fd, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
    errno = before;
    return 0;
  }
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length < 0) return 0;
  path[length] = '\0';
  return fails(call, path);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  return fails_for("write", fd) ? -1 : REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  return fails_for("write", fd) ? -1 : REAL(pwrite)(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
  return fails_for("write", fd) ? -1 : REAL(writev)(fd, parts, count);
}

int fsync(int fd) { return fails_for("sync", fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return fails_for("sync", fd) ? -1 : REAL(fdatasync)(fd); }

int rename(const char* from, const char* to) {
  return fails("rename", to) ? -1 : REAL(rename)(from, to);
}

pid_t fork(void) { return fails("fork", "fork") ? -1 : REAL(fork)(); }

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if ((flags & O_CREAT) != 0 && fails("open", path)) return -1;
  return REAL(open)(path, flags, mode);
}

int open64(const char* path, int flags, ...) __attribute__((alias("open")));
