// Libraries of functions: Lua code that registers functions when it is loaded, which FCALL runs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "script/interpreter.h"
#include "script/shebang.h"

namespace larder::script {

struct Function {
  std::string name;
  std::optional<std::string> description;
  Flags flags;
  FunctionRef callback = 0;
};

struct Library {
  std::string name;
  std::string code;
  std::vector<Function> functions;
};

// The first line: "#!lua name=mylib". The failure is what to answer, after "ERR ".
struct LibraryHeader {
  std::string name;
  std::string_view body;  // from that line's end on
};
base::Result<LibraryHeader> read_library_header(std::string_view code);

// Whether it may be the name of a library or function.
bool is_library_name(std::string_view name) noexcept;
inline constexpr std::string_view kBadLibraryName =
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one "
    "character long";

// All libraries and the interpreter they run in.
class Libraries {
 public:
  Libraries() : interpreter_(Dialect::functions) {}

  // The library's name; the failure is what to answer.
  enum class Existing { refuse, replace };
  base::Result<std::string> load(std::string_view code, Existing existing);
  bool remove(std::string_view name);

  const Function* find(std::string_view function) const;

  // In order of name.
  const auto& all() const noexcept { return libraries_; }
  std::size_t function_count() const noexcept { return functions_.size(); }
  std::size_t memory_bytes() const noexcept { return memory_bytes_; }
  Interpreter& interpreter() noexcept { return interpreter_; }
  const Interpreter& interpreter() const noexcept { return interpreter_; }

 private:
  base::Result<std::unique_ptr<Library>> compile(const LibraryHeader& header,
                                                 std::string_view code);
  void release(Library& library);

  Interpreter interpreter_;
  std::map<std::string, std::unique_ptr<Library>, std::less<>> libraries_;
  std::unordered_map<std::string, const Function*> functions_;  // by name in small letters
  std::size_t memory_bytes_ = 0;
};

// DUMP's payload of all libraries, and their code out of one; the failure is what to answer.
void dump_libraries(const Libraries& libraries, bool compresses, base::ByteBuffer& out);
base::Result<std::vector<std::string>> read_library_dump(std::string_view payload);

}  // namespace larder::script
