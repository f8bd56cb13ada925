#include "script/library.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.h"
#include "resp/words.h"

namespace larder::script {
namespace {

std::size_t memory_of(const Library& library) {
  constexpr std::size_t kNodes = 8 * sizeof(void*);  // of the two maps
  std::size_t bytes = sizeof library + library.code.capacity() + library.name.capacity() + kNodes;
  for (const auto& function : library.functions) {
    bytes += sizeof function + function.name.capacity() + kNodes;
    if (function.description) bytes += function.description->capacity();
  }
  return bytes;
}

}  // namespace

bool is_library_name(std::string_view name) noexcept {
  const auto is_fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_fine);
}

base::Result<LibraryHeader> read_library_header(std::string_view code) {
  if (!code.starts_with("#!")) return base::failure(std::string("Missing library metadata"));
  const auto end = code.find_first_of(std::string_view("\n\0", 2));  // Redis reads a C string
  const auto invalid = base::failure(std::string("Invalid library metadata"));
  if (end == std::string_view::npos || code[end] == '\0') return invalid;
  resp::WordReader words(code.substr(0, end));
  std::vector<std::string> parts;
  while (words.has_more()) {
    parts.emplace_back();
    if (!words.take_quoted(parts.back())) return invalid;
  }
  LibraryHeader header{{}, code.substr(end)};
  bool has_name = false;
  constexpr std::string_view kName = "name=";
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (!base::equal_ignoring_case(part.substr(0, kName.size()), kName)) {
      return base::failure(fmt::format("Invalid metadata value given: {}", part));
    }
    if (has_name) {
      return base::failure(
          std::string("Invalid metadata value, name argument was given multiple times"));
    }
    has_name = true;
    header.name = part.substr(kName.size());
  }
  if (!has_name) return base::failure(std::string("Library name was not given"));
  if (!is_library_name(header.name)) return base::failure(std::string(kBadLibraryName));
  const auto engine = std::string_view(parts.front()).substr(2);
  if (!base::equal_ignoring_case(engine, "lua")) {
    return base::failure(fmt::format("Engine '{}' not found", engine));
  }
  return header;
}

base::Result<std::unique_ptr<Library>> Libraries::compile(const LibraryHeader& header,
                                                          std::string_view code) {
  FunctionRef chunk = 0;
  std::string error;
  if (!interpreter_.compile(header.body, chunk, error)) {
    return base::failure(fmt::format("ERR Error compiling function: {}", error));
  }
  auto library = std::make_unique<Library>();
  library->name = header.name;
  library->code = code;
  const bool ok = interpreter_.load_library(chunk, *library, error);
  interpreter_.release(chunk);
  if (ok && !library->functions.empty()) return library;
  release(*library);
  if (ok) return base::failure(std::string("ERR No functions registered"));
  return base::failure(fmt::format("ERR Error registering functions: {}", error));
}

void Libraries::release(Library& library) {
  for (const auto& function : library.functions) interpreter_.release(function.callback);
}

base::Result<std::string> Libraries::load(std::string_view code, Existing existing) {
  const auto header = read_library_header(code);
  if (!header) return base::failure("ERR " + header.error());
  const auto old = libraries_.find(header->name);
  if (old != libraries_.end() && existing == Existing::refuse) {
    return base::failure(fmt::format("ERR Library '{}' already exists", header->name));
  }
  auto library = compile(*header, code);
  if (!library) return base::failure(library.error());
  const auto is_old = [&](const Function* function) {
    const auto& functions = old->second->functions;
    return old != libraries_.end() && function >= functions.data() &&
           function < functions.data() + functions.size();
  };
  for (const auto& function : (*library)->functions) {
    const auto taken = functions_.find(base::to_lower(function.name));
    if (taken == functions_.end() || (old != libraries_.end() && is_old(taken->second))) continue;
    release(**library);
    return base::failure(fmt::format("ERR Function {} already exists", function.name));
  }
  remove(header->name);
  for (const auto& function : (*library)->functions)
    functions_.emplace(base::to_lower(function.name), &function);
  memory_bytes_ += memory_of(**library);
  libraries_.emplace(header->name, std::move(*library));
  return header->name;
}

bool Libraries::remove(std::string_view name) {
  const auto found = libraries_.find(name);
  if (found == libraries_.end()) return false;
  auto& library = *found->second;
  for (const auto& function : library.functions) functions_.erase(base::to_lower(function.name));
  release(library);
  memory_bytes_ -= memory_of(library);
  libraries_.erase(found);
  return true;
}

const Function* Libraries::find(std::string_view function) const {
  const auto found = functions_.find(base::to_lower(function));
  return found == functions_.end() ? nullptr : found->second;
}

}  // namespace larder::script
