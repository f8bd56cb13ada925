// A pass through what was written before there was a dictionary for it, or before values were kept
// compressed at all: in steps between requests, until all is as if it were written now. Takes
// nothing from whoever reads; values that are evicted or rewritten meanwhile need no visit.
#pragma once

#include <cstdint>

#include "keyspace/database.h"

namespace larder::keyspace {

class Compression;
class Keyspace;

class Recompression {
 public:
  // Begins anew, once the pass that is on has come to its end.
  void request() noexcept { is_requested_ = true; }

  // Visits keys until then, some tens of microseconds at a time; true where there are more.
  bool work(Keyspace& keyspace, Compression& compression, std::int64_t until_us);

 private:
  static void visit(Database& database, Compression& compression, EntryRef entry);

  bool is_requested_ = false;
  bool is_on_ = false;
  int database_ = 0;          // where the pass is
  std::uint64_t cursor_ = 0;  // of its scan
};

}  // namespace larder::keyspace
