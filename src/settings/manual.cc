#include "settings/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "settings/definition.h"
#include "settings/kinds.h"
#include "settings/lexer.h"
#include "settings/rewrite.h"

namespace larder::settings {
namespace {

constexpr std::size_t kColumns = 80;

struct Heading {
  Section section;
  std::string_view title;
  std::string_view introduction;
};

constexpr Heading kHeadings[] = {
    {Section::network, "Network",
     "Where the server listens. An application on the same host is best served by a Unix socket; "
     "both may be used at the same time."},
    {Section::clients, "Clients", "What one client may take before it is closed."},
    {Section::access, "Access", "Who may connect, and who may do what can harm the host."},
    {Section::process, "Process", "How the server runs and stops."},
    {Section::log, "Log",
     "The level, the file and the form of the lines can be changed while the server is running."},
    {Section::memory, "Memory", "How much there may be, and how it is given back."},
    {Section::expiry, "Expiry",
     "A key is gone the millisecond it is due, whether or not its memory has been taken back yet."},
    {Section::packed_forms, "Packed forms",
     "Small values are kept packed in one block; above these bounds they change to forms that are "
     "quick at any size. OBJECT ENCODING tells which is which."},
    {Section::observation, "Observation", "What the server remembers about its own work."},
    {Section::snapshots, "Snapshots", ""},
    {Section::append_only, "Append-only file", ""},
    {Section::replication, "Replication", ""},
    {Section::cluster, "Cluster", ""},
    {Section::tls, "TLS", ""},
    {Section::scripting, "Scripts", ""},
    {Section::compatibility, "Compatibility", ""},
    {Section::debugging, "Tests of the server", ""},
};

constexpr std::string_view kFileIntroduction = R"(# Larder's configuration.
#
#   larder-server /etc/larder/larder.conf
#   larder-server --check-config /etc/larder/larder.conf
#
# A line is a directive with its values; a value with blanks stands in quotes:
# "..." knows \n \r \t \" \\ and \xHH, '...' takes everything as it is. Sizes may
# have a unit: 1k is 1000 bytes, 1kb is 1024; m, g, t likewise. Later lines win.
#
# Directives that are commented out show the defaults. Most can be changed while
# the server is running, with CONFIG SET; CONFIG REWRITE then brings this file up
# to date and keeps its comments. docs/configuration.md tells more.
#
#include /etc/larder/conf.d/*.conf
)";

constexpr std::string_view kManualIntroduction = R"(# Configuration

<!-- Made by `larder-docs configuration` from src/settings/definitions_*.cc. -->

    larder-server [config-file | -] [--directive value ...]
    larder-server --check-config [config-file | -] [--directive value ...]

The file is that of Redis 7.4 and Valkey 8.1: theirs work as they are. `-` reads it from standard input. Directives on
the command line come last: `larder-server larder.conf --port 7777 --bind 127.0.0.1 ::1`. `--check-config` reads
everything, says what is wrong, and does not start.

- A line is a directive, in any case, with its values. Lines that begin with `#` are comments.
- `"..."` holds a value with blanks and knows `\n \r \t \b \a \" \\ \xHH`; `'...'` knows `\'` only.
- Sizes: `1k` is 1000 bytes, `1kb` 1024, and so on with `m`, `g` and `t`, in any case.
- `include path` reads another file there and then; a path with `*`, `?` or `[` reads all that match, or none.
- `rename-command name other` renames a command; `""` as the other name removes it.
- A directive that Larder does not know stops the start, with the file and the line.

While the server is running, `CONFIG GET pattern ...` shows settings, `CONFIG SET name value ...` changes several at once
(all, or none where one is refused), and `CONFIG REWRITE` writes them into the file: comments, order, and lines that
still say what is true stay as they are.
)";

constexpr std::string_view kLaterIntroduction = R"(
## Features to come

These are accepted, checked, shown and kept, so that existing files work; they do nothing yet. One warning at start
names those that are set.
)";

constexpr std::string_view kSettledIntroduction = R"(
## Nothing to choose

These are accepted for the sake of existing files; the way Larder works leaves nothing to choose.
)";

std::vector<const Definition*> chosen(Section section, Effect effect) {
  std::vector<const Definition*> found;
  for (const auto list : definitions()) {
    for (const auto& definition : list) {
      const bool fits = definition.section == section && definition.effect == effect;
      if (fits && !definition.hidden) found.push_back(&definition);
    }
  }
  return found;
}

// As comment lines of at most kColumns.
std::string comment(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (column == 0 || column + 1 + word.size() > kColumns) {
      if (column != 0) out += '\n';
      out += '#';
      column = 1;
    }
    out += fmt::format(" {}", word);
    column += 1 + word.size();
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return out + '\n';
}

std::string heading(const Heading& section) {
  const auto rule = std::string(kColumns - 3 - section.title.size(), '-');
  auto text = fmt::format("\n# {} {}\n", section.title, rule);
  if (!section.introduction.empty()) text += "#\n" + comment(section.introduction);
  return text;
}

// Of a default or shipped value.
std::vector<std::string> directive_lines(const Definition& definition, std::string_view text) {
  if (definition.kind == Kind::directory) return {fmt::format("{} {}", definition.name, text)};
  Definition with_text = definition;
  with_text.initial = text;
  return lines_of(definition, initial_value(with_text));
}

std::string file_entry(const Definition& definition) {
  auto text = '\n' + comment(definition.summary);
  const bool is_default = definition.shipped.empty();
  for (const auto& line :
       directive_lines(definition, is_default ? definition.initial : definition.shipped)) {
    text += (is_default ? "#" : "") + line + '\n';
  }
  return text;
}

// A cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string when_it_changes(const Definition& definition) {
  if (definition.immutable) return "no";
  return definition.is_protected ? "guarded" : "yes";
}

std::string manual_row(const Definition& definition) {
  std::string names = fmt::format("`{}`", definition.name);
  for (const auto alias : definition.aliases) {
    if (!alias.empty()) names += fmt::format(", `{}`", alias);
  }
  const auto initial = definition.initial.empty() ? "" : fmt::format("`{}`", definition.initial);
  return fmt::format("| {} | {} | {} | {} | {} |\n", names, cell(describe_kind(definition)),
                     initial, when_it_changes(definition), cell(definition.summary));
}

std::string manual_table(const std::vector<const Definition*>& rows) {
  std::string text =
      "\n| Setting | Accepts | Default | CONFIG SET | What it does |\n|---|---|---|---|---|\n";
  for (const auto* row : rows) text += manual_row(*row);
  return text;
}

std::string manual_sections(Effect effect, std::string_view marks) {
  std::string text;
  for (const auto& section : kHeadings) {
    const auto rows = chosen(section.section, effect);
    if (rows.empty()) continue;
    text += fmt::format("\n{} {}\n", marks, section.title);
    if (effect == Effect::works && !section.introduction.empty()) {
      text += fmt::format("\n{}\n", section.introduction);
    }
    text += manual_table(rows);
  }
  return text;
}

std::string settled_table() {
  std::vector<const Definition*> rows;
  for (const auto& section : kHeadings) {
    const auto more = chosen(section.section, Effect::settled);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return manual_table(rows);
}

}  // namespace

std::string example_file() {
  std::string text(kFileIntroduction);
  for (const auto& section : kHeadings) {
    const auto rows = chosen(section.section, Effect::works);
    if (rows.empty()) continue;
    text += heading(section);
    for (const auto* row : rows) text += file_entry(*row);
  }
  return text;
}

std::string manual() {
  std::string text(kManualIntroduction);
  text +=
      "\nIn the tables, `guarded` settings can be changed at run time by those whom "
      "`enable-protected-configs` allows.\n";
  text += manual_sections(Effect::works, "##");
  text += std::string(kLaterIntroduction) + manual_sections(Effect::later, "###");
  text += std::string(kSettledIntroduction) + settled_table();
  return text;
}

}  // namespace larder::settings
