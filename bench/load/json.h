// A JSON object written member by member: what the programs of the benchmark tell each other.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>

#include "load/histogram.h"
#include "load/workload.h"

namespace larder::load {

class JsonObject {
 public:
  void add(std::string_view name, std::string_view text);
  void add(std::string_view name, std::integral auto number) {
    add_raw(name, fmt::format("{}", number));
  }
  void add(std::string_view name, double number) { add_raw(name, fmt::format("{:.6g}", number)); }
  void add_object(std::string_view name, const JsonObject& object) { add_raw(name, object.text()); }
  // `value` is JSON already.
  void add_raw(std::string_view name, std::string_view value);

  std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

// Count, quantiles and maximum in microseconds.
JsonObject latency_json(const Histogram& histogram);

void add_errors(JsonObject& json, const ReplyErrors& errors);

}  // namespace larder::load
