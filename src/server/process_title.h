// The process's title, which ps and top show in place of its command line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "settings/settings.h"

namespace larder::server {

// The memory of the arguments and the environment: the system shows what is there.
class TitleSpace {
 public:
  TitleSpace() = default;  // none: titles are not shown

  // Takes it from `main`'s arguments, which are overwritten by the first title; the environment
  // moves elsewhere. To be called once, before there are other threads.
  static TitleSpace take(int argc, char** argv);

  // The program as it was called.
  const std::string& program() const noexcept { return program_; }

  void show(std::string_view title) noexcept;  // what does not fit is left out

 private:
  std::string program_;
  char* begin_ = nullptr;
  std::size_t bytes_ = 0;
};

// proc-title-template with its variables replaced, `{title}` by `name`.
std::string title_text(const settings::Settings& settings, std::string_view name,
                       std::string_view config_file);

}  // namespace larder::server
