// What LATENCY tells people about the events it has kept: a graph of one, and advice on all.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/latency_monitor.h"
#include "settings/settings.h"

namespace larder::control {

// The samples of an event as columns of characters, with how long ago each was under it.
std::string latency_graph(std::string_view event, const server::LatencySeries& series,
                          std::int64_t now_seconds);

// Every event with its figures, and what may help against them.
std::string latency_advice(const server::LatencyMonitor& monitor,
                           const settings::Settings& settings, std::int64_t now_seconds);

}  // namespace larder::control
