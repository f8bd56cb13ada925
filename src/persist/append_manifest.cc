#include "persist/append_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/numbers.h"
#include "resp/words.h"

namespace larder::persist {
namespace {

constexpr std::size_t kLineBytesMax = 1024;
constexpr std::string_view kInvalid = "Invalid AOF manifest file format";

bool needs_quotes(std::string_view name) {
  return name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
           return c <= ' ' || c == '"' || c == '\'' || c == '\\' || c == 0x7f;
         });
}

// As Redis has it: what a name for it stands for, else what is not printable in hexadecimal.
std::string quoted(std::string_view name) {
  constexpr std::string_view kNamed = "\"\\\n\r\t\a\b";
  constexpr std::string_view kNames = "\"\\nrtab";
  std::string text = "\"";
  for (const char c : name) {
    if (const auto at = kNamed.find(c); at != kNamed.npos) {
      text += '\\';
      text += kNames[at];
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text + '"';
}

void append_line(std::string& text, const AppendFile& file) {
  text += fmt::format("file {} seq {} type {}\n",
                      needs_quotes(file.name) ? quoted(file.name) : file.name, file.sequence,
                      static_cast<char>(file.role));
}

base::Result<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  resp::WordReader reader(line);
  while (reader.has_more()) {
    if (!reader.take_quoted(words.emplace_back())) return base::failure(std::string(kInvalid));
  }
  return words;
}

std::optional<AppendFile::Role> role_named(std::string_view word) {
  using Role = AppendFile::Role;
  for (const auto role : {Role::base, Role::history, Role::increment}) {
    if (word.size() == 1 && word.front() == static_cast<char>(role)) return role;
  }
  return std::nullopt;
}

// Pairs that are not known are passed over: later versions may add some.
base::Result<AppendFile> file_of(std::string_view line) {
  const auto words = words_of(line);
  if (!words) return base::failure(words.error());
  if (words->size() < 6 || words->size() % 2 != 0) return base::failure(std::string(kInvalid));
  AppendFile file;
  bool has_role = false;
  for (std::size_t i = 0; i < words->size(); i += 2) {
    const auto& value = (*words)[i + 1];
    if (base::equal_ignoring_case((*words)[i], "file")) {
      if (value.find('/') != value.npos || value == "." || value == "..") {
        return base::failure(std::string("File can't be a path, just a filename"));
      }
      file.name = value;
    } else if (base::equal_ignoring_case((*words)[i], "seq")) {
      file.sequence = base::parse_i64(value).value_or(0);
    } else if (base::equal_ignoring_case((*words)[i], "type")) {
      const auto role = role_named(value);
      if (!role) return base::failure(std::string("Unknown AOF file type"));
      file.role = *role;
      has_role = true;
    }
  }
  if (file.name.empty() || file.sequence <= 0 || !has_role) {
    return base::failure(std::string(kInvalid));
  }
  return file;
}

}  // namespace

std::string manifest_name(std::string_view prefix) { return fmt::format("{}.manifest", prefix); }

base::Result<AppendManifest, AppendManifest::Failure> AppendManifest::parse(std::string_view text) {
  AppendManifest manifest;
  int line_number = 0;
  if (text.empty()) return base::failure(Failure{0, {}, "Found an empty AOF manifest"});
  while (!text.empty()) {
    ++line_number;
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const auto fail = [&](std::string reason) {
      return base::failure(
          Failure{line_number, std::string(line.substr(0, kLineBytesMax)), std::move(reason)});
    };
    if (line.size() >= kLineBytesMax) return fail("The AOF manifest file contains too long line");
    if (end == text.npos) return fail(std::string(kInvalid));
    text.remove_prefix(end + 1);
    if (line.starts_with('#')) continue;
    auto file = file_of(line);
    if (!file) return fail(std::move(file.error()));
    if (auto added = manifest.add(std::move(*file)); !added) return fail(std::move(added.error()));
  }
  return manifest;
}

base::Result<void> AppendManifest::add(AppendFile file) {
  switch (file.role) {
    case AppendFile::Role::base:
      if (base_) return base::failure(std::string("Found duplicate base file information"));
      base_sequence_ = file.sequence;
      base_ = std::move(file);
      break;
    case AppendFile::Role::history:
      history_.push_back(std::move(file));
      break;
    case AppendFile::Role::increment:
      if (file.sequence <= increment_sequence_) {
        return base::failure(std::string("Found a non-monotonic sequence number"));
      }
      increment_sequence_ = file.sequence;
      increments_.push_back(std::move(file));
      break;
  }
  return {};
}

std::string AppendManifest::text() const {
  std::string text;
  if (base_) append_line(text, *base_);
  for (const auto& file : history_) append_line(text, file);
  for (const auto& file : increments_) append_line(text, file);
  return text;
}

std::string AppendManifest::next_increment_name(std::string_view prefix) const {
  return fmt::format("{}.{}.incr.aof", prefix, increment_sequence_ + 1);
}

std::string AppendManifest::next_base_name(std::string_view prefix, bool is_snapshot) const {
  return fmt::format("{}.{}.base.{}", prefix, base_sequence_ + 1, is_snapshot ? "rdb" : "aof");
}

const AppendFile& AppendManifest::add_increment(std::string_view prefix) {
  auto name = next_increment_name(prefix);
  return increments_.emplace_back(
      AppendFile{std::move(name), ++increment_sequence_, AppendFile::Role::increment});
}

void AppendManifest::replace_base(std::string_view prefix, bool is_snapshot,
                                  std::size_t kept_increments) {
  auto name = next_base_name(prefix, is_snapshot);
  const auto kept = increments_.end() -
                    static_cast<std::ptrdiff_t>(std::min(kept_increments, increments_.size()));
  std::vector<AppendFile> obsolete(std::make_move_iterator(increments_.begin()),
                                   std::make_move_iterator(kept));
  increments_.erase(increments_.begin(), kept);
  if (base_) obsolete.push_back(std::move(*base_));
  for (auto& file : obsolete) file.role = AppendFile::Role::history;
  history_.insert(history_.begin(), std::make_move_iterator(obsolete.begin()),
                  std::make_move_iterator(obsolete.end()));
  base_ = AppendFile{std::move(name), ++base_sequence_, AppendFile::Role::base};
}

void AppendManifest::adopt_base(std::string_view name) {
  base_ = AppendFile{std::string(name), ++base_sequence_, AppendFile::Role::base};
}

}  // namespace larder::persist
