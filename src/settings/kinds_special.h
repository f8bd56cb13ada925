// Kinds with a grammar of their own: lists of addresses, save points, output buffer limits and so
// on.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "settings/definition.h"

namespace larder::settings::special {

using Words = std::span<const std::string>;

base::Result<Value> parse_addresses(Words words);
base::Result<Value> parse_directory(const std::string& path);
base::Result<Value> parse_primary_address(Words words);
base::Result<Value> parse_save_points(Words words, Value value);
base::Result<Value> parse_output_buffer_limits(Words words, const Value& current);
base::Result<Value> parse_keyspace_events(const std::string& letters);
base::Result<Value> parse_percentiles(std::string_view name, Words words);
base::Result<Value> parse_oom_scores(Words words);

// Every class without limits: where a first list of limits starts from.
Value no_output_buffer_limits();

// Checks of Kind::text and Kind::choices: what is wrong, or empty.
std::string_view check_snapshot_name(std::string_view name);
std::string_view check_append_only_name(std::string_view name);
std::string_view check_append_only_directory(std::string_view name);
std::string_view check_cluster_file(std::string_view name);
std::string_view check_host_name(std::string_view name);
std::string_view check_node_name(std::string_view name);
std::string_view check_ipv4(std::string_view address);
std::string_view check_ipv6(std::string_view address);
std::string_view check_title_template(std::string_view text);
std::string_view check_cores(std::string_view list);
std::string_view check_locale(std::string_view name);
std::string_view check_shutdown_options(std::string_view words);

}  // namespace larder::settings::special
