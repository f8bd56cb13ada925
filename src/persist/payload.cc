#include "persist/payload.h"

#include "codec/bytes.h"
#include "codec/crc64.h"

namespace larder::persist {
namespace {

constexpr std::size_t kVersionBytes = 2;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kFooterBytes = kVersionBytes + kChecksumBytes;

}  // namespace

void write_payload(base::ByteBuffer& out, keyspace::Database& database, keyspace::EntryRef entry,
                   const ValueContext& context, std::uint16_t version_max) {
  const auto begin = out.size();
  RdbWriter writer(out, context.settings.rdb_compression);
  writer.keep_to_version(version_max);
  write_value(writer, database, entry, context);
  char* const footer = out.prepare(kFooterBytes);
  codec::write_le(footer, writer.version());
  out.commit(kVersionBytes);
  codec::write_le(footer + kVersionBytes, codec::crc64(0, out.view().substr(begin)));
  out.commit(kChecksumBytes);
}

bool has_valid_footer(std::string_view payload, FooterChecks checks) noexcept {
  if (payload.size() < kFooterBytes) return false;
  const char* const footer = payload.data() + payload.size() - kFooterBytes;
  const auto version = codec::read_le<std::uint16_t>(footer);
  const bool is_known = version <= kRdbVersionMax || version == kRdbVersionValkey;
  if (checks.version && !is_known) return false;
  if (!checks.checksum) return true;
  const auto checked = payload.substr(0, payload.size() - kChecksumBytes);
  return codec::crc64(0, checked) == codec::read_le<std::uint64_t>(footer + kVersionBytes);
}

ReadFailure read_payload(std::string_view payload, const ValueContext& context,
                         LoadedValue& value) {
  ByteSource source(payload.substr(0, payload.size() - kFooterBytes));
  RdbReader reader(source);
  reader.set_inflated_bytes_max(static_cast<std::uint64_t>(context.settings.proto_max_bulk_len));
  std::uint8_t type = 0;
  if (!reader.byte(type)) return read_failure::kCutOff;
  return read_value(reader, type, context, value);
}

}  // namespace larder::persist
