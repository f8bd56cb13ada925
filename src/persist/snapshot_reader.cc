#include "persist/snapshot_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/log.h"
#include "persist/element_deadlines.h"

namespace larder::persist {
namespace {

// Short strings are added some at a time: what the memory has to bring for one of them comes while
// others are read from the file.
constexpr std::size_t kPendingMax = 16;
constexpr std::size_t kPendingBytesMax = 512;  // of a value: it is copied once more

constexpr std::uint64_t kEmptyKeysNamed = 10;  // in the log

struct PendingString {
  std::string name;
  std::string text;
  std::uint64_t hash = 0;
  KeyProperties properties;
};

class Loader final : public SnapshotVisitor {
 public:
  Loader(keyspace::Keyspace& keyspace, const LoadOptions& options, LoadObserver& observer)
      : keyspace_(keyspace),
        database_(&keyspace.database(0)),
        options_(options),
        observer_(observer) {}

  base::Result<LoadedSnapshot> load(SnapshotSource& source) {
    source_ = &source;
    const WalkOptions walk = {.context = context(),
                              .verifies_checksum = options_.verifies_checksum};
    if (auto walked = walk_snapshot(source, walk, loaded_, *this); !walked) {
      return base::failure(std::move(walked.error()));
    }
    return std::move(loaded_);
  }

 private:
  ValueContext context() const noexcept {
    return {.settings = options_.settings, .hasher = keyspace_.hasher(), .now = keyspace_.now()};
  }

  base::Result<void> on_database(std::uint64_t index) override {
    const auto count = static_cast<std::uint64_t>(keyspace_.database_count());
    if (index >= count) {
      return base::failure(fmt::format(
          "Data file was created with a server configured to handle more than {} databases",
          count));
    }
    if (auto added = add_pending(); !added) return added;
    database_ = &keyspace_.database(static_cast<int>(index));
    return {};
  }

  // The file may announce what it does not have: only so much is believed as its bytes could hold,
  // and what was reserved for more is given back.
  void on_key_count(std::uint64_t keys) override {
    constexpr std::uint64_t kKeyBytesMin = 8;  // shorter ones find a table that grows
    database_->reserve(std::min(keys, source_->bytes_left() / kKeyBytesMin));
  }

  void on_learned(std::string_view bytes) override { keyspace_.restore_learned(bytes); }

  base::Result<void> on_end() override {
    auto added = add_pending();
    for (int i = 0; i < keyspace_.database_count(); ++i) keyspace_.database(i).shrink();
    return added;
  }

  base::Result<void> on_library(std::string_view code) override {
    return observer_.on_library(code);
  }

  base::Result<void> on_element_deadlines(std::string_view value) override {
    if (auto added = add_pending(); !added) return added;
    if (read_element_deadlines(value, *database_, keyspace_, context())) return {};
    return base::failure(std::string("Deadlines of elements are malformed"));
  }

  // Older servers left such keys behind; the first are named.
  base::Result<void> on_empty_key(std::string_view name) override {
    if (loaded_.empty_keys++ < kEmptyKeysNamed) {
      log::notice("Loading: skipping empty key: {}",
                  options_.settings.hide_user_data_from_log ? "*redacted*" : name);
    }
    return tell_observer();
  }

  base::Result<void> on_key(std::string_view name, LoadedValue&& value,
                            const KeyProperties& properties) override {
    if (properties.deadline <= keyspace_.now() && !options_.keeps_expired) {
      ++loaded_.expired_keys;
    } else if (auto added = add(name, std::move(value), properties); !added) {
      return added;
    }
    return tell_observer();
  }

  base::Result<void> tell_observer() {
    if (observer_.on_key(loaded_)) return {};
    return base::failure(std::string("Loading was interrupted"));
  }

  base::Result<void> add(std::string_view name, LoadedValue&& value,
                         const KeyProperties& properties) {
    if (value.type() == keyspace::Type::string && value.text().size() <= kPendingBytesMax) {
      return add_later(name, value.text(), properties);
    }
    if (auto added = add_pending(); !added) return added;
    const auto size_before = database_->size();
    return finish(std::move(value).put(*database_, keyspace_.key(name), properties.deadline),
                  size_before, properties);
  }

  base::Result<void> add_later(std::string_view name, std::string_view text,
                               const KeyProperties& properties) {
    auto& pending = pending_[pending_count_++];
    pending.name.assign(name);
    pending.text.assign(text);
    pending.hash = keyspace_.key(name).hash;
    pending.properties = properties;
    database_->prefetch_bucket(pending.hash);
    return pending_count_ < kPendingMax ? base::Result<void>() : add_pending();
  }

  base::Result<void> add_pending() {
    const auto count = std::exchange(pending_count_, 0);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [name, text, hash, properties] = pending_[i];
      const auto size_before = database_->size();
      auto added = finish(database_->set_string({name, hash}, text, properties.deadline),
                          size_before, properties);
      if (!added) return added;
    }
    return {};
  }

  base::Result<void> finish(keyspace::EntryRef entry, std::size_t size_before,
                            const KeyProperties& properties) {
    if (database_->size() == size_before && !options_.replaces_keys) {
      return base::failure(std::string("RDB file was saved with duplicate key"));
    }
    if (properties.idle_seconds) database_->set_idle_seconds(entry, *properties.idle_seconds);
    if (properties.frequency) database_->set_frequency(entry, unfaded_frequency(properties));
    ++loaded_.keys;
    return {};
  }

  // What is written is how it stands after the time without use, which fades it once more.
  std::uint8_t unfaded_frequency(const KeyProperties& properties) const noexcept {
    const auto decay_seconds = static_cast<std::uint64_t>(options_.settings.lfu_decay_time) * 60;
    if (decay_seconds == 0 || *properties.frequency == 0) return *properties.frequency;
    const auto faded = properties.idle_seconds.value_or(0) / decay_seconds;
    return static_cast<std::uint8_t>(
        std::min<std::uint64_t>(*properties.frequency + faded, UINT8_MAX));
  }

  keyspace::Keyspace& keyspace_;
  keyspace::Database* database_;
  SnapshotSource* source_ = nullptr;
  const LoadOptions& options_;
  LoadObserver& observer_;
  LoadedSnapshot loaded_;
  std::array<PendingString, kPendingMax> pending_;
  std::size_t pending_count_ = 0;
};

}  // namespace

base::Result<LoadedSnapshot> load_snapshot(SnapshotSource& source, keyspace::Keyspace& keyspace,
                                           const LoadOptions& options, LoadObserver& observer) {
  return Loader(keyspace, options, observer).load(source);
}

}  // namespace larder::persist
