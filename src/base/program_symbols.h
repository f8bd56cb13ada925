// The names of this program's functions, from the symbol table in its own file (ELF, which `strip`
// removes). For reports of crashes: nothing is allocated and no lock taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder::base {

class ProgramSymbols {
 public:
  ProgramSymbols() noexcept;
  ~ProgramSymbols();
  ProgramSymbols(const ProgramSymbols&) = delete;
  ProgramSymbols& operator=(const ProgramSymbols&) = delete;

  struct Function {
    std::string_view name;  // mangled; empty where none is known
    std::size_t offset = 0;
  };
  // The function that has the instruction at `address`. Goes through all symbols.
  Function at(const void* address) const noexcept;

  // Where in the file's own reckoning, as addr2line wants it.
  static std::uint64_t place_in_file(const void* address) noexcept;

 private:
  const char* file_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace larder::base
