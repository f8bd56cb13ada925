#include "base/program_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>

#include "base/unique_fd.h"

extern "C" const char __ehdr_start[];  // by the linker: where the file's beginning is loaded

namespace larder::base {
namespace {

using Header = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);

// What is at a place in the file; nullptr where that is beyond its end.
template <class T>
const T* part(const char* file, std::size_t file_bytes, std::size_t at, std::size_t count = 1) {
  if (at > file_bytes || count > (file_bytes - at) / sizeof(T)) return nullptr;
  return reinterpret_cast<const T*>(file + at);
}

}  // namespace

ProgramSymbols::ProgramSymbols() noexcept {
  const UniqueFd fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* const file = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (file == MAP_FAILED) return;
  file_ = static_cast<const char*>(file);
  bytes_ = bytes;
}

ProgramSymbols::~ProgramSymbols() {
  if (file_ != nullptr) ::munmap(const_cast<char*>(file_), bytes_);
}

std::uint64_t ProgramSymbols::place_in_file(const void* address) noexcept {
  const auto* const header = reinterpret_cast<const Header*>(__ehdr_start);
  const auto base = header->e_type == ET_DYN ? reinterpret_cast<std::uint64_t>(__ehdr_start) : 0;
  return reinterpret_cast<std::uint64_t>(address) - base;
}

ProgramSymbols::Function ProgramSymbols::at(const void* address) const noexcept {
  const auto place = place_in_file(address);
  const auto* const header = part<Header>(file_, bytes_, 0);
  if (header == nullptr) return {};
  const auto* const sections = part<Section>(file_, bytes_, header->e_shoff, header->e_shnum);
  if (sections == nullptr) return {};
  for (std::size_t i = 0; i < header->e_shnum; ++i) {
    const auto& section = sections[i];
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= header->e_shnum) continue;
    const auto count = section.sh_size / sizeof(Symbol);
    const auto* const symbols = part<Symbol>(file_, bytes_, section.sh_offset, count);
    const auto& strings = sections[section.sh_link];
    const auto* const names = part<char>(file_, bytes_, strings.sh_offset, strings.sh_size);
    if (symbols == nullptr || names == nullptr) continue;
    for (std::size_t s = 0; s < count; ++s) {
      const auto& symbol = symbols[s];
      const bool is_function = (symbol.st_info & 0xf) == STT_FUNC;
      if (!is_function || place < symbol.st_value || place - symbol.st_value >= symbol.st_size ||
          symbol.st_name >= strings.sh_size) {
        continue;
      }
      const char* const name = names + symbol.st_name;
      return {{name, ::strnlen(name, strings.sh_size - symbol.st_name)}, place - symbol.st_value};
    }
  }
  return {};
}

}  // namespace larder::base
