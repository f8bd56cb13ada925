// Requests: however the bytes arrive and wherever they stand, they mean what they mean whole;
// nothing is reserved for what is only announced.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "input.h"
#include "resp/parser.h"

namespace {

using larder::fuzz::expect;
using larder::resp::RequestParser;
using Status = RequestParser::Status;

struct Outcome {
  std::vector<std::vector<std::string>> commands;
  std::string error;
  std::size_t consumed = 0;
  bool operator==(const Outcome&) const = default;
};

// Parses all commands of what has arrived; false where the connection would be closed.
bool parse_all(RequestParser& parser, std::string_view arrived, const RequestParser::Limits& limits,
               Outcome& outcome) {
  const auto rest = arrived.substr(outcome.consumed);
  const auto memory =
      std::make_unique<char[]>(rest.size());  // exactly its size, elsewhere each time
  std::copy(rest.begin(), rest.end(), memory.get());
  const std::string_view input(memory.get(), rest.size());
  std::vector<std::string_view> arguments;
  parser.begin_batch();
  for (std::size_t at = 0;;) {
    const auto first = arguments.size();
    const auto status = parser.parse(input.substr(at), arguments, limits);
    expect(arguments.capacity() <= 16 + 2 * input.size());
    if (status == Status::command) {
      expect(arguments.size() > first);
      outcome.commands.emplace_back(arguments.begin() + static_cast<std::ptrdiff_t>(first),
                                    arguments.end());
    } else {
      expect(arguments.size() == first);
    }
    if (status == Status::error) {
      outcome.error = parser.error();
      return false;
    }
    if (status == Status::incomplete) {
      expect(parser.argument_bytes() <= input.size() - at);
      expect(parser.bytes_wanted() <= static_cast<std::size_t>(limits.bulk_bytes_max) + 2);
      return true;
    }
    expect(parser.consumed() > 0 && parser.consumed() <= input.size() - at);
    at += parser.consumed();
    outcome.consumed += parser.consumed();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  larder::fuzz::Input in(data, size);
  const auto choices = in.take<std::uint8_t>();
  const auto sizes = in.take_bytes(8);  // of the pieces, in turn
  const auto stream = in.rest();
  const RequestParser::Limits limits{
      .bulk_bytes_max = (choices & 1) != 0 ? 64 : 512 << 20,
      .inline_bytes_max = (choices & 2) != 0 ? 32 : 64 * 1024,
      .arguments_max = (choices & 4) != 0 ? 100 : INT32_MAX,
      .authenticated = (choices & 8) == 0,
  };

  RequestParser whole_parser;
  Outcome whole;
  parse_all(whole_parser, stream, limits, whole);

  RequestParser parser;
  Outcome split;
  std::size_t turn = 0;
  for (std::size_t arrived = 0; arrived < stream.size();) {
    const auto piece =
        sizes.empty() ? std::size_t{1} : static_cast<unsigned char>(sizes[turn++ % sizes.size()]);
    arrived = std::min(arrived + std::max<std::size_t>(piece, 1), stream.size());
    if (!parse_all(parser, stream.substr(0, arrived), limits, split)) break;
  }
  expect(whole == split);
  return 0;
}
