#include "load/json.h"

namespace larder::load {

void JsonObject::add(std::string_view name, std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      quoted += '\\';
      quoted += letter;
    } else if (static_cast<unsigned char>(letter) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    } else {
      quoted += letter;
    }
  }
  add_raw(name, quoted + '"');
}

void JsonObject::add_raw(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ", ";
  members_ += fmt::format("\"{}\": {}", name, value);
}

JsonObject latency_json(const Histogram& histogram) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e3; };
  JsonObject json;
  json.add("count", histogram.count());
  json.add("p50_us", us(histogram.quantile_ns(0.5)));
  json.add("p99_us", us(histogram.quantile_ns(0.99)));
  json.add("p999_us", us(histogram.quantile_ns(0.999)));
  json.add("max_us", us(histogram.max_ns()));
  return json;
}

void add_errors(JsonObject& json, const ReplyErrors& errors) {
  json.add("errors", errors.count);
  json.add("first_error", errors.first);
}

}  // namespace larder::load
