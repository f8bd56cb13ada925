// Lists: strings one by one, a ziplist, or nodes of ziplists or listpacks. Written as nodes.
#include "base/byte_buffer.h"
#include "codec/listpack.h"
#include "codec/ziplist.h"
#include "persist/value_io.h"
#include "value/list.h"

namespace larder::persist {
namespace {

enum class Container : std::uint8_t { plain = 1, packed = 2 };

constexpr std::size_t kNodeBytesMax = 8000;  // below the 8 KB that servers have set by default
// An item of more bytes stands for itself: a listpack of its own has a length of 32 bits.
constexpr std::size_t kPackedItemBytesMax = std::size_t{1} << 30;

value::ListLimits limits_of(const ValueContext& context) {
  return value::ListLimits(context.settings.list_max_listpack_size,
                           context.settings.list_compress_depth);
}

void push_element(value::List& list, const codec::Element& element) {
  base::IntegerText scratch;
  list.push(value::End::back, element.text(scratch));
}

template <class Reader>
bool push_elements(value::List& list, std::string_view packed) {
  return read_elements<Reader>(packed, [&list](const codec::Element& element) {
    push_element(list, element);
    return true;
  });
}

ReadFailure read_strings(RdbReader& in, value::List& list) {
  std::uint64_t count = 0;
  if (!in.length(count)) return read_failure::kCutOff;
  for (RdbString item; count > 0; --count) {
    if (!in.string(item)) return read_failure::kCutOff;
    list.push(value::End::back, item.text());
  }
  return read_failure::kNone;
}

ReadFailure read_ziplist(RdbReader& in, value::List& list) {
  RdbString packed;
  if (!in.string(packed)) return read_failure::kCutOff;
  return push_elements<codec::ZiplistReader>(list, packed.text()) ? read_failure::kNone
                                                                  : read_failure::kZiplist;
}

ReadFailure read_nodes_of_ziplists(RdbReader& in, value::List& list) {
  std::uint64_t nodes = 0;
  if (!in.length(nodes)) return read_failure::kCutOff;
  for (; nodes > 0; --nodes) {
    if (const auto failure = read_ziplist(in, list); !failure.empty()) return failure;
  }
  return read_failure::kNone;
}

ReadFailure read_nodes(RdbReader& in, value::List& list) {
  std::uint64_t nodes = 0;
  if (!in.length(nodes)) return read_failure::kCutOff;
  for (RdbString node; nodes > 0; --nodes) {
    std::uint64_t container = 0;
    if (!in.length(container)) return read_failure::kCutOff;
    if (!in.string(node)) return read_failure::kCutOff;
    switch (static_cast<Container>(container)) {
      case Container::plain:
        if (node.text().empty()) return read_failure::kQuicklist;
        list.push(value::End::back, node.text());
        break;
      case Container::packed:
        if (!push_elements<codec::ListpackReader>(list, node.text())) {
          return read_failure::kListpack;
        }
        break;
      default:
        return read_failure::kQuicklist;
    }
  }
  return read_failure::kNone;
}

// Says at which items a new node begins: the same for all passes over a list.
class NodeBounds {
 public:
  bool begins_node(std::size_t item_bytes) noexcept {
    const bool fits = is_open_ && bytes_ + item_bytes <= kNodeBytesMax;
    bytes_ = fits ? bytes_ + item_bytes : item_bytes;
    is_open_ = true;
    return !fits;
  }

 private:
  std::size_t bytes_ = 0;
  bool is_open_ = false;
};

// Gathers items into listpacks.
class NodeWriter {
 public:
  explicit NodeWriter(RdbWriter& out) noexcept : out_(out) {}

  void item(const char* encoded) {
    if (bounds_.begins_node(value::item_size(encoded))) finish();
    const auto item = value::read_item(encoded);
    if (!item.is_integer && item.bytes.size() > kPackedItemBytesMax) return plain(item.bytes);
    if (!listpack_) listpack_.emplace(buffer_);
    if (item.is_integer) {
      listpack_->append(item.integer);
    } else {
      listpack_->append_bytes(item.bytes);
    }
  }

  void finish() {
    if (!listpack_) return;
    listpack_->finish();
    listpack_.reset();
    node(Container::packed, buffer_.view());
    buffer_.clear();
  }

 private:
  void plain(std::string_view bytes) { node(Container::plain, bytes); }
  void node(Container container, std::string_view bytes) {
    out_.length(static_cast<std::uint64_t>(container));
    out_.string(bytes);
  }

  RdbWriter& out_;
  base::ByteBuffer buffer_;
  std::optional<codec::ListpackWriter> listpack_;
  NodeBounds bounds_;
};

}  // namespace

ReadFailure read_list(RdbReader& in, RdbType type, value::Cell& cell, const ValueContext& context) {
  value::List list(cell, limits_of(context));
  ReadFailure failure;
  switch (type) {
    case RdbType::list:
      failure = read_strings(in, list);
      break;
    case RdbType::list_ziplist:
      failure = read_ziplist(in, list);
      break;
    case RdbType::list_quicklist:
      failure = read_nodes_of_ziplists(in, list);
      break;
    default:
      failure = read_nodes(in, list);
      break;
  }
  if (!failure.empty()) return failure;
  return list.size() == 0 ? read_failure::kEmptyCollection : read_failure::kNone;
}

void write_list(RdbWriter& out, value::Cell& cell, const ValueContext& context) {
  const value::List list(cell, limits_of(context));
  std::uint64_t nodes = 0;
  NodeBounds bounds;
  list.visit(0, list.size(), value::End::back, [&](const char* encoded) {
    nodes += bounds.begins_node(value::item_size(encoded)) ? 1 : 0;
    return true;
  });
  out.type(RdbType::list_quicklist_2);
  out.length(nodes);
  NodeWriter writer(out);
  list.visit(0, list.size(), value::End::back, [&](const char* encoded) {
    writer.item(encoded);
    return true;
  });
  writer.finish();
}

}  // namespace larder::persist
