// Parsing of requests and writing of replies. Small requests come in many sizes, so that the branch
// predictor cannot learn them by heart: figures are those of a stream, not of one request repeated.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/numbers.h"
#include "base/random.h"
#include "resp/parser.h"
#include "resp/writer.h"

namespace larder {
namespace {

constexpr int kRequests = 1000;

std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string set_request(std::size_t key_bytes, std::size_t value_bytes) {
  return "*3\r\n" + bulk("SET") + bulk(std::string(key_bytes, 'k')) +
         bulk(std::string(value_bytes, 'v'));
}

// A stream of SETs with values of `bytes_min` to `bytes_max`.
std::string sets(std::size_t bytes_min, std::size_t bytes_max) {
  base::Random random(1);
  std::string stream;
  for (int i = 0; i < kRequests; ++i) {
    const auto value_bytes = bytes_min + random.below(bytes_max - bytes_min + 1);
    const auto key_bytes = bytes_min == bytes_max ? 16 : 6 + random.below(20);
    stream += set_request(key_bytes, value_bytes);
  }
  return stream;
}

// In batches of 32, as a pipeline is read.
void parse_stream(benchmark::State& state, const std::string& stream) {
  resp::RequestParser parser;
  const resp::RequestParser::Limits limits;
  std::vector<std::string_view> arguments;
  for (auto _ : state) {
    std::string_view rest = stream;
    int commands = 0;
    while (!rest.empty()) {
      if (++commands % 32 == 0) {
        arguments.clear();
        parser.begin_batch();
      }
      if (parser.parse(rest, arguments, limits) != resp::RequestParser::Status::command) {
        state.SkipWithError("the stream must be whole");
        return;
      }
      benchmark::DoNotOptimize(arguments.data());
      rest.remove_prefix(parser.consumed());
    }
  }
  state.SetItemsProcessed(state.iterations() * kRequests);
}

void BM_ParseSet64(benchmark::State& state) { parse_stream(state, sets(64, 64)); }
void BM_ParseSetMixed(benchmark::State& state) { parse_stream(state, sets(1, 1500)); }
void BM_ParseGet(benchmark::State& state) {
  std::string stream;
  for (int i = 0; i < kRequests; ++i) stream += "*2\r\n" + bulk("GET") + bulk("key:000000000001");
  parse_stream(state, stream);
}
void BM_ParseInline(benchmark::State& state) {
  std::string stream;
  for (int i = 0; i < kRequests; ++i) stream += "SET key:000000000001 value\r\n";
  parse_stream(state, stream);
}
BENCHMARK(BM_ParseSet64);
BENCHMARK(BM_ParseSetMixed);
BENCHMARK(BM_ParseGet);
BENCHMARK(BM_ParseInline);

}  // namespace
}  // namespace larder
