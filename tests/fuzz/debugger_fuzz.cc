// A client that debugs a script, and says anything: as commands of the protocol or as lines.
// Whatever it hears is a whole reply, the script ends, and what later scripts see is as it was.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "input.h"
#include "resp/parser.h"
#include "script/debugger.h"
#include "scripts.h"

namespace {

using namespace larder;

constexpr std::string_view kScripts[] = {
    R"(local a, b = {1, 2, {x = 'y'}}, 'text'
local function double(n)
  local twice = n * 2
  return twice
end
for i = 1, 3 do
  b = double(i)
end
redis.call('set', KEYS[1], b)
return {a, b, redis.call('get', KEYS[1])})",
    "while true do end",
    R"(local odd = setmetatable({}, {__index = function(_, key) error(key) end, __tostring = error})
odd[odd] = odd
pcall(function() return odd.missing end)
redis.breakpoint()
redis.debug(odd, nil, 1.5, print, 'line\r\nend')
return redis.pcall('lrange', 'l', 0, 'x'))",
    R"(local other = coroutine.wrap(function(...)
  local inner = {...}
  coroutine.yield(#inner)
  error({err = 'ERR raised'})
end)
other(1, 2, 3)
return other())",
};

// Hears what the input has, and ends the session behind it, or after many commands.
class Client final : public script::DebugConsole {
 public:
  explicit Client(std::string_view input) noexcept : rest_(input) {}

  Heard listen() override {
    using Status = resp::RequestParser::Status;
    auto status = Status::nothing;
    while (status == Status::nothing) {
      words_.clear();
      parser_.begin_batch();
      status = parser_.parse(rest_, words_, {});
      if (status == Status::command || status == Status::nothing) {
        rest_.remove_prefix(parser_.consumed());
      }
    }
    if (status == Status::error) return {.words = {}, .error = "protocol error"};
    if (status == Status::incomplete || ++commands_ > kCommandsMax) return {};
    return {.words = words_};
  }

  // An array of lines.
  void tell(std::string_view reply) override {
    fuzz::expect(reply.starts_with('*') && reply.ends_with("\r\n"));
    std::int64_t missing = -1;
    while (!reply.empty()) {
      const auto end = reply.find('\r');
      const auto line = reply.substr(0, end);
      fuzz::expect(reply.substr(end, 2) == "\r\n" && line.find('\n') == line.npos);
      if (missing < 0) {
        missing = base::parse_i64(line.substr(1)).value_or(-1);
        fuzz::expect(missing >= 0);
      } else {
        fuzz::expect(line.starts_with('+') && missing-- > 0);
      }
      reply.remove_prefix(end + 2);
    }
    fuzz::expect(missing == 0);
  }

 private:
  static constexpr int kCommandsMax = 50;

  std::string_view rest_;
  resp::RequestParser parser_;
  std::vector<std::string_view> words_;
  int commands_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Scripts scripts;
  fuzz::Input input(data, size);
  const auto source = kScripts[input.take<std::uint8_t>() % std::size(kScripts)];
  Client client(input.rest());
  script::Debugger debugger(client, source, std::chrono::milliseconds(2));
  scripts.run([&] {
    scripts.eval(source, &debugger);
    debugger.end();
  });
  return 0;
}
