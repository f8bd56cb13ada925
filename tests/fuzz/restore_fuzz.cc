// DUMP payloads of strangers: each is refused, or makes a value that is dumped and restored again
// as the same bytes.
#include <string>

#include "input.h"
#include "keyspace/keyspace.h"
#include "persist/payload.h"

namespace {

using namespace larder;
using fuzz::expect;

class Target {
 public:
  Target() {
    keyspace_.set_now(1'700'000'000'000);
    settings_.list_compress_depth = 1;
  }

  bool restore(std::string_view payload) {
    persist::LoadedValue value;
    if (!persist::read_payload(payload, context(), value).empty()) return false;
    std::move(value).put(database(), key_, keyspace::kNever);
    return true;
  }
  std::string dumped() {
    base::ByteBuffer out;
    persist::write_payload(out, database(), database().find(key_), context());
    return std::string(out.view());
  }

 private:
  keyspace::Database& database() { return keyspace_.database(0); }
  persist::ValueContext context() const {
    return {.settings = settings_, .hasher = keyspace_.hasher(), .now = keyspace_.now()};
  }

  settings::Settings settings_;
  keyspace::Keyspace keyspace_{{.databases = 1, .hash_seed = 1, .random_seed = 1}};
  keyspace::Key key_ = keyspace_.key("key");
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target target;
  const auto payload = fuzz::Input(data, size).rest();
  if (!persist::has_valid_footer(payload, {.version = false, .checksum = false})) return 0;
  if (!target.restore(payload)) return 0;
  const auto dumped = target.dumped();
  expect(persist::has_valid_footer(dumped, {}));
  expect(target.restore(dumped));
  expect(target.dumped() == dumped);
  return 0;
}
