#include "server/loading.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "persist/file_source.h"
#include "script/engine.h"
#include "server/key_delay.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr std::int64_t kLineMs = 5000;  // between two lines in the log

void tell_origin(const persist::LoadedSnapshot& loaded, base::UnixMs now) {
  log::notice("Loading RDB produced by version {}", loaded.written_by);
  log::notice("RDB age {} seconds", now / 1000 - loaded.created_s);
  log::notice("RDB memory usage when created {:.2f} Mb",
              static_cast<double>(loaded.used_memory_bytes) / (1 << 20));
}

}  // namespace

Loading::Loading(Server& server) noexcept : server_(server) {}
Loading::~Loading() = default;

base::Result<persist::LoadedSnapshot, Loading::Failure> Loading::load(const std::string& path,
                                                                      const Options& options) {
  const auto& settings = server_.settings();
  auto source = persist::FileSource::open(path, settings.rdbchecksum);
  if (!source) {
    return base::failure(
        Failure{.is_missing = source.error() == ENOENT, .reason = std::strerror(source.error())});
  }
  options_ = options;
  source_ = std::move(*source);
  loaded_ = {};
  begin(source_->size());
  source_->on_piece([this] { goes_on(); });
  auto loaded = persist::load_snapshot(*source_, server_.keyspace(),
                                       {.settings = settings,
                                        .keeps_expired = options.keeps_expired,
                                        .replaces_keys = options.replaces_keys,
                                        .verifies_checksum = settings.rdbchecksum},
                                       *this);
  source_.reset();
  if (!loaded) return base::failure(Failure{.reason = std::move(loaded.error())});
  loaded_ = *loaded;
  tell_origin(loaded_, server_.keyspace().now());
  log::notice("Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}.",
              loaded_.keys, loaded_.expired_keys, loaded_.empty_keys);
  return loaded_;
}

void Loading::begin(std::uint64_t total_bytes) {
  started_ms_ = base::unix_ms();
  next_line_ms_ = started_ms_ + kLineMs;
  next_look_bytes_ = 0;
  total_bytes_ = total_bytes;
  done_bytes_ = 0;
  server_.supervisor().tell_progress("Loading data");
}

base::Result<void> Loading::on_library(std::string_view code) {
  using Existing = script::Libraries::Existing;
  const auto existing = options_.replaces_keys ? Existing::replace : Existing::refuse;
  auto name = server_.scripts().libraries().load(code, existing);
  if (!name) return base::failure("Failed loading a function library: " + name.error());
  return {};
}

bool Loading::on_key(const persist::LoadedSnapshot& loaded) {
  loaded_.keys = loaded.keys;
  loaded_.used_memory_bytes = loaded.used_memory_bytes;
  const auto& settings = server_.settings();
  delay_key(settings.key_load_delay, loaded.keys);
  const auto offset = source_->offset();
  if (offset < next_look_bytes_) return true;
  next_look_bytes_ =
      offset + static_cast<std::uint64_t>(settings.loading_process_events_interval_bytes);
  return goes_on();
}

bool Loading::goes_on() {
  if (base::unix_ms() >= next_line_ms_) tell_progress();
  if (options_.hears_clients) server_.loop().poll();
  return !server_.is_shutting_down();
}

void Loading::tell_progress() {
  next_line_ms_ += kLineMs;
  const auto total = total_bytes();
  log::notice("Loading data: {} of {} bytes, {} keys", loaded_bytes(), total, loaded_.keys);
  const auto percent = total == 0 ? 0 : loaded_bytes() * 100 / total;
  server_.supervisor().tell_progress(fmt::format("Loading data: {} %", percent));
}

std::uint64_t Loading::total_bytes() const noexcept { return is_on() ? total_bytes_ : 0; }
std::uint64_t Loading::loaded_bytes() const noexcept {
  return is_on() ? done_bytes_ + source_->offset() : 0;
}

std::int64_t Loading::seconds_left() const noexcept {
  const auto loaded = loaded_bytes();
  const auto elapsed_ms = base::unix_ms() - started_ms_;
  if (loaded == 0 || total_bytes() <= loaded) return 0;
  const auto left = static_cast<double>(total_bytes() - loaded) / static_cast<double>(loaded);
  return static_cast<std::int64_t>(static_cast<double>(elapsed_ms) * left / 1000);
}

}  // namespace larder::server
