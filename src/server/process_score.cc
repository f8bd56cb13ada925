#include "server/process_score.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/log.h"
#include "base/numbers.h"
#include "base/unique_fd.h"

namespace larder::server {
namespace {

constexpr const char* kPath = "/proc/self/oom_score_adj";
constexpr int kMax = 1000;  // of the kernel's range

std::optional<int> read_score() {
  const base::UniqueFd fd(::open(kPath, O_RDONLY | O_CLOEXEC));
  char text[16];
  const auto count = fd ? ::read(fd.get(), text, sizeof text) : -1;
  if (count <= 0) {
    log::warning("Unable to read oom_score_adj: {}", std::strerror(errno));
    return std::nullopt;
  }
  std::string_view digits(text, static_cast<std::size_t>(count));
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  const auto score = base::parse_i64(digits);
  return score ? std::optional(static_cast<int>(*score)) : std::nullopt;
}

bool write_score(int score) {
  const base::UniqueFd fd(::open(kPath, O_WRONLY | O_CLOEXEC));
  if (fd && base::write_all(fd.get(), std::to_string(score))) return true;
  log::warning("Unable to write oom_score_adj: {}", std::strerror(errno));
  return false;
}

}  // namespace

bool ProcessScore::apply(settings::OomScoreAdj mode, int value) {
  using Mode = settings::OomScoreAdj;
  const bool is_wanted = mode != Mode::no;
  if (!is_wanted && !is_changed_) return true;
  if (!is_changed_) {
    const auto score = read_score();
    if (!score) return false;
    before_ = *score;
  }
  int score = before_;
  if (is_wanted) score = mode == Mode::absolute ? value : before_ + value;
  if (!write_score(std::clamp(score, -kMax, kMax))) return false;
  is_changed_ = is_wanted;
  return true;
}

}  // namespace larder::server
