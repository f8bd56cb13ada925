// Snapshots of strangers: each is refused, or what was loaded is written and loaded again as the
// same keys.
#include <string>

#include "input.h"
#include "keyspace/keyspace.h"
#include "persist/snapshot_reader.h"
#include "persist/snapshot_writer.h"

namespace {

using namespace larder;
using fuzz::expect;

class Text final : public persist::SnapshotSink {
 public:
  bool write(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  std::string text;
};

class Observer final : public persist::LoadObserver {
 public:
  base::Result<void> on_library(std::string_view) override { return {}; }
  bool on_key(const persist::LoadedSnapshot&) override { return true; }
};

class Target {
 public:
  Target() { keyspace_.set_now(1'700'000'000'000); }

  bool load(std::string_view bytes) {
    keyspace_.clear(false);
    persist::SnapshotBytes source(bytes);
    Observer observer;
    const persist::LoadOptions options = {.settings = settings_, .verifies_checksum = false};
    return persist::load_snapshot(source, keyspace_, options, observer).has_value();
  }
  std::string written() {
    Text sink;
    const persist::SnapshotContents contents = {.keyspace = keyspace_, .settings = settings_};
    expect(persist::write_snapshot(sink, contents, [] {}));
    return sink.text;
  }
  std::size_t keys() {
    std::size_t count = 0;
    for (int i = 0; i < keyspace_.database_count(); ++i) count += keyspace_.database(i).size();
    return count;
  }

 private:
  settings::Settings settings_;
  keyspace::Keyspace keyspace_{{.databases = 4, .hash_seed = 1, .random_seed = 1}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target target;
  if (!target.load(fuzz::Input(data, size).rest())) return 0;
  const auto keys = target.keys();
  const auto written = target.written();
  expect(target.load(written));
  expect(target.keys() == keys);
  return 0;
}
