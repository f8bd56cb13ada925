#include "settings/file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

#include "base/numbers.h"
#include "base/unique_fd.h"
#include "larder/version.h"
#include "settings/lexer.h"

namespace larder::settings {
namespace {

constexpr std::string_view kStandardInput = "standard input";
constexpr std::string_view kCommandLine = "the command line";

base::Result<std::string> read_all(int fd) {
  std::string content;
  std::array<char, 16384> buffer;
  for (;;) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::failure(std::string(::strerror(errno)));
    if (count == 0) return content;
    if (content.size() + static_cast<std::size_t>(count) > kFileBytesMax) {
      return base::failure("File too large");
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

// Characters to insert, remove or replace to make one of the other (Levenshtein's distance).
std::size_t count_edits(std::string_view one, std::string_view other) {
  std::vector<std::size_t> edits(other.size() + 1);  // from what `one` has up to here
  std::iota(edits.begin(), edits.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    auto diagonal = std::exchange(edits[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const auto replaced = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = edits[j + 1];
      edits[j + 1] = std::min({replaced, edits[j] + 1, edits[j + 1] + 1});
    }
  }
  return edits.back();
}

// Files that match, in order; the path itself where it has no wildcards.
std::vector<std::string> included_files(const std::string& pattern) {
  if (pattern.find_first_of("*?[") == std::string::npos) return {pattern};
  std::vector<std::string> files;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return files;
}

class Loader {
 public:
  Loader(Table& table, const CheckRename& check_rename)
      : table_(table), check_rename_(check_rename) {}

  using Outcome = base::Result<void, LoadError>;

  Outcome read_file_at(const std::string& path, const Place* included_from, std::size_t depth) {
    const auto content = read_file(path);
    if (!content) {
      auto reason =
          fmt::format("Fatal error, can't open config file '{}': {}", path, content.error());
      return failed(included_from ? *included_from : Place{.file = path}, std::move(reason));
    }
    return read_lines(*content, path, depth);
  }

  Outcome read_lines(std::string_view text, const std::string& file, std::size_t depth = 0) {
    Place place{.file = file};
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      ++place.line;
      place.text = trim(text.substr(0, end));
      if (auto done = read_line(place, depth); !done) return done;
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
  }

  Outcome read_line(const Place& place, std::size_t depth) {
    if (place.text.empty() || place.text.front() == '#') return {};
    auto words = split_words(place.text);
    if (!words) return failed(place, "Unbalanced quotes in configuration line");
    if (place.text.find('\0') != std::string::npos) {
      return failed(place, "Zero byte in configuration line");
    }
    if (words->empty()) return {};
    return directive(place, base::to_lower(words->front()),
                     std::span<const std::string>(*words).subspan(1), depth);
  }

  Loaded take() { return std::move(loaded_); }

 private:
  static Outcome failed(Place place, std::string reason) {
    return base::failure(LoadError{std::move(place), std::move(reason)});
  }

  Outcome directive(const Place& place, const std::string& name, std::span<const std::string> words,
                    std::size_t depth) {
    if (const auto* definition = table_.find(name)) {
      auto done = table_.load(*definition, words);
      return done ? Outcome{} : failed(place, done.error());
    }
    if (name == "include" && words.size() == 1) return include(place, words[0], depth + 1);
    if (name == "rename-command" && words.size() == 2) return rename(place, {words[0], words[1]});
    if (name == "user" && !words.empty()) {
      loaded_.later.push_back(name);
      return {};
    }
    if (name == "loadmodule") return failed(place, "loadmodule: Larder does not load modules");
    if (name == "sentinel") return failed(place, "sentinel directive while not in sentinel mode");
    return failed(place, "Bad directive or wrong number of arguments" + hint(name));
  }

  // The directive whose name is nearest to one that there is not, as a question.
  std::string hint(const std::string& name) const {
    constexpr std::size_t kEditsMax = 2;
    constexpr std::size_t kNameBytesMax = 64;
    if (name.size() > kNameBytesMax) return {};
    std::string_view nearest;
    auto least = std::min(kEditsMax, name.size() / 2) + 1;
    table_.for_each([&](const Definition& definition) {
      const auto edits = definition.hidden ? least : count_edits(name, definition.name);
      if (edits < least) least = edits, nearest = definition.name;
    });
    return nearest.empty() ? std::string() : fmt::format(". Did you mean {}?", nearest);
  }

  Outcome include(const Place& place, const std::string& pattern, std::size_t depth) {
    if (depth > kIncludeDepthMax) return failed(place, "Too many files include each other");
    for (const auto& path : included_files(pattern)) {
      if (++files_ > kIncludedFilesMax) return failed(place, "Too many included files");
      if (auto done = read_file_at(path, &place, depth); !done) return done;
    }
    return {};
  }

  Outcome rename(const Place& place, RenamedCommand renamed) {
    if (check_rename_) {
      if (auto wrong = check_rename_(renamed); !wrong.empty())
        return failed(place, std::move(wrong));
    }
    table_.load_rename(std::move(renamed));
    return {};
  }

  Table& table_;
  const CheckRename& check_rename_;
  Loaded loaded_;
  std::size_t files_ = 0;
};

}  // namespace

base::Result<std::string> read_file(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return base::failure(std::string(::strerror(errno)));
  return read_all(fd.get());
}

base::Result<Loaded, LoadError> load(Table& table, const Sources& sources,
                                     const CheckRename& check_rename) {
  Loader loader(table, check_rename);
  Loader::Outcome done;
  if (!sources.file.empty()) done = loader.read_file_at(sources.file, nullptr, 0);
  if (done && sources.standard_input) {
    const auto content = read_all(STDIN_FILENO);
    if (!content) {
      return base::failure(LoadError{{.file = std::string(kStandardInput)}, content.error()});
    }
    done = loader.read_lines(*content, std::string(kStandardInput));
  }
  for (std::size_t i = 0; done && i < sources.directives.size(); ++i) {
    const Place place{std::string(kCommandLine), i + 1, std::string(trim(sources.directives[i]))};
    done = loader.read_line(place, 0);
  }
  if (!done) return base::failure(done.error());
  return loader.take();
}

base::Result<Loaded, LoadError> load_text(Table& table, std::string_view text, std::string file,
                                          const CheckRename& check_rename) {
  Loader loader(table, check_rename);
  const auto done = loader.read_lines(text, file);
  if (!done) return base::failure(done.error());
  return loader.take();
}

std::string fatal_text(const LoadError& error) {
  const auto& place = error.place;
  if (place.line == 0) return error.reason + "\n";
  auto text = fmt::format("\n*** FATAL CONFIG FILE ERROR (Larder {}) ***\n", kLarderVersion);
  if (place.file == kCommandLine) {
    text += fmt::format("Reading the command line, at directive {}\n", place.line);
  } else {
    text +=
        fmt::format("Reading the configuration file, at line {} of {}\n", place.line, place.file);
  }
  return text + fmt::format(">>> '{}'\n{}\n", place.text, error.reason);
}

}  // namespace larder::settings
