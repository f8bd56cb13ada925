// A keyspace, and payloads of it: what redis-server 7.0 and older servers dumped stands in the
// tests as they wrote it.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "codec/bytes.h"
#include "codec/crc64.h"
#include "keyspace/keyspace.h"
#include "persist/payload.h"
#include "settings/settings.h"

namespace larder::persist {

class PersistTest : public ::testing::Test {
 protected:
  static constexpr base::UnixMs kNow = 1'700'000'000'000;

  PersistTest() { keyspace_.set_now(kNow); }

  keyspace::Database& database() { return keyspace_.database(0); }
  keyspace::Key key(std::string_view name) const { return keyspace_.key(name); }
  keyspace::EntryRef entry(std::string_view name) {
    return database().find(key(name), keyspace::Touch::no);
  }
  ValueContext context() const {
    return {.settings = settings_, .hasher = keyspace_.hasher(), .now = kNow};
  }

  std::string dumped(std::string_view name) {
    base::ByteBuffer out;
    write_payload(out, database(), entry(name), context());
    return std::string(out.view());
  }

  // "" where it was restored, or why not.
  std::string restore(std::string_view name, std::string_view payload) {
    if (!has_valid_footer(payload, {})) return "footer";
    LoadedValue value;
    const auto failure = read_payload(payload, context(), value);
    if (!failure.empty()) return std::string(failure);
    std::move(value).put(database(), key(name), keyspace::kNever);
    return "";
  }

  // A payload of a type and content, with the footer that belongs to it.
  static std::string payload(RdbType type, std::string_view content, std::uint16_t version = 10) {
    std::string bytes(1, static_cast<char>(type));
    bytes += content;
    bytes.append(reinterpret_cast<const char*>(&version), sizeof version);
    const auto crc = codec::crc64(0, bytes);
    return bytes.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  }
  std::string restore(RdbType type, std::string_view content) {
    return restore("restored", payload(type, content));
  }
  template <std::size_t N>
  std::string restore(RdbType type, const char (&content)[N]) {  // may hold zero bytes
    return restore(type, std::string_view(content, N - 1));
  }

  // A string that stands uncompressed in a payload.
  static std::string counted(std::string_view bytes) {
    std::string text(1, static_cast<char>(rdb_length::k32Bits));
    text.resize(5);
    codec::write_be32(text.data() + 1, static_cast<std::uint32_t>(bytes.size()));
    return text.append(bytes);
  }

  std::string text(std::string_view name) {
    base::IntegerText scratch;
    return std::string(entry(name).text(scratch));
  }

  settings::Settings settings_;
  keyspace::Keyspace keyspace_{{.databases = 1, .hash_seed = 1, .random_seed = 1}};
};

}  // namespace larder::persist
