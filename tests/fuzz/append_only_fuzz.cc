// Manifests and append-only files of strangers: read to their end or refused, and what a manifest
// says is the same once it was written again.
#include <string>
#include <string_view>

#include "input.h"
#include "persist/append_manifest.h"
#include "persist/append_reader.h"

using namespace larder;
using fuzz::expect;

namespace {

void read_to_its_end(std::string_view input, bool has_filler) {
  persist::SnapshotBytes source(input);
  persist::AppendReader reader(source, has_filler);
  auto before = reader.offset();
  while (reader.next() == persist::AppendReader::Status::command) {
    expect(!reader.words().empty() && reader.offset() > before);
    before = reader.offset();
    expect(reader.whole_until() <= before);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = persist::AppendManifest::parse(input)) {
    const auto text = manifest->text();
    if (!text.empty()) expect(persist::AppendManifest::parse(text)->text() == text);
  }
  read_to_its_end(input, false);
  read_to_its_end(input, true);
  return 0;
}
