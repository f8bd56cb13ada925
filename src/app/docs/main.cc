// larder-docs prints the texts that are made from the server's tables; scripts/check compares them
// with the tree.
#include <cstdio>
#include <string>
#include <string_view>

#include "command/table.h"
#include "control/command_docs.h"
#include "control/families.h"
#include "settings/manual.h"

namespace {

constexpr std::string_view kUsage = "Usage: larder-docs conf|configuration|commands\n";

struct Text {
  std::string_view name;
  std::string (*make)();
};

std::string commands() {
  const auto families = larder::control::all_families();
  return larder::control::commands_markdown(larder::command::Table(families));
}

constexpr Text kTexts[] = {
    {"commands", commands},
    {"conf", larder::settings::example_file},
    {"configuration", larder::settings::manual},
};

void print(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc == 2 ? argv[1] : "";
  for (const auto& text : kTexts) {
    if (text.name != wanted) continue;
    print(stdout, text.make());
    return 0;
  }
  print(stderr, kUsage);
  return 1;
}
