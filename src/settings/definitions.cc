#include <array>

#include "settings/definition.h"
#include "settings/rows.h"

namespace larder::settings {

std::span<const std::span<const Definition>> definitions() noexcept {
  static const std::array kAll = {
      rows::network(),     rows::clients(),   rows::access(),      rows::process(),
      rows::log(),         rows::memory(),    rows::expiry(),      rows::packed_forms(),
      rows::observation(), rows::snapshots(), rows::append_only(), rows::replication(),
      rows::cluster(),     rows::tls(),       rows::scripting(),   rows::compatibility(),
      rows::debugging(),
  };
  return kAll;
}

}  // namespace larder::settings
