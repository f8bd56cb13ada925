// DUMP payloads of libraries:
//   payload = (0xf5 string)* version16 crc64      little-endian; strings as RDB files have them
#include "codec/bytes.h"
#include "codec/crc64.h"
#include "persist/payload.h"
#include "persist/rdb_reader.h"
#include "persist/rdb_writer.h"
#include "script/library.h"

namespace larder::script {
namespace {

constexpr std::uint8_t kLibraryCode = 0xf5;
constexpr std::size_t kFooterBytes = 10;

}  // namespace

void dump_libraries(const Libraries& libraries, bool compresses, base::ByteBuffer& out) {
  const auto begin = out.size();
  persist::RdbWriter writer(out, compresses);
  for (const auto& [name, library] : libraries.all()) {
    writer.byte(kLibraryCode);
    writer.string(library->code);
  }
  char* const footer = out.prepare(kFooterBytes);
  codec::write_le(footer, persist::kRdbVersionWritten);
  out.commit(sizeof persist::kRdbVersionWritten);
  codec::write_le(footer + sizeof persist::kRdbVersionWritten,
                  codec::crc64(0, out.view().substr(begin)));
  out.commit(sizeof(std::uint64_t));
}

base::Result<std::vector<std::string>> read_library_dump(std::string_view payload) {
  if (!persist::has_valid_footer(payload, {})) {
    return base::failure(std::string("ERR DUMP payload version or checksum are wrong"));
  }
  std::vector<std::string> codes;
  persist::ByteSource source(payload.substr(0, payload.size() - kFooterBytes));
  persist::RdbReader reader(source);
  persist::RdbString code;
  for (std::uint8_t type = 0; reader.byte(type);) {
    if (type != kLibraryCode) return base::failure(std::string("ERR given type is not a function"));
    if (!reader.string(code)) {
      return base::failure(std::string("ERR failed loading functions payload"));
    }
    codes.emplace_back(code.text());
  }
  return codes;
}

}  // namespace larder::script
