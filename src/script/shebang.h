// The first line of a script or library that opens with "#!": its engine, name and flags.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace larder::script {

struct Flags {
  bool no_writes = false;
  bool allow_oom = false;
  bool allow_stale = false;
  bool no_cluster = false;
  bool allow_cross_slot_keys = false;

  bool operator==(const Flags&) const = default;
};

struct FlagName {
  std::string_view name;
  bool Flags::*field;
};
inline constexpr FlagName kFlagNames[] = {
    {"no-writes", &Flags::no_writes},
    {"allow-oom", &Flags::allow_oom},
    {"allow-stale", &Flags::allow_stale},
    {"no-cluster", &Flags::no_cluster},
    {"allow-cross-slot-keys", &Flags::allow_cross_slot_keys},
};

// Sets the flag of that name; false where there is none.
bool set_flag(Flags& flags, std::string_view name);

// A script's shebang, and the text after it; the line's end stays, so that lines keep their
// numbers. A script without one is all body, and has_shebang is false.
struct ScriptHeader {
  bool has_shebang = false;
  Flags flags;
  std::string_view body;
};
base::Result<ScriptHeader> read_script_header(std::string_view source);

}  // namespace larder::script
