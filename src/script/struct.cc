// struct: numbers and strings laid out as C would, by a format:
//   > < big and little endian      ![n] alignment up to n      x a zero byte      space: nothing
//   b h l T signed char, short, long, size_t; capitals unsigned      i[n] I[n] of n bytes
//   f d float, double      s string ended by zero      c[n] n bytes; c0: as many as there are
//
// Formats and data are a script's: every size is checked before it is used.

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/byte_buffer.h"
#include "script/libraries.h"
#include "script/limits.h"

namespace larder::script {
namespace {

constexpr int kIntegerBytesMax = 32;
constexpr int kAlignmentMax = 8;  // of a double

// What an option stands for in the data.
enum class Kind : std::uint8_t {
  integer,
  single_precision,
  double_precision,
  zero,
  characters,
  ended_by_zero,
  nothing,  // it says how others are laid out
  unknown
};

struct Shape {
  Kind kind = Kind::unknown;
  std::size_t size = 0;
};

struct Option {
  char letter = 0;
  Kind kind = Kind::unknown;
  std::size_t size = 0;
  std::size_t padding = 0;  // before it, at the place it was read for
};

// Reads a format from its beginning.
class Format {
 public:
  Format(lua_State* lua, const char* text) noexcept : lua_(lua), at_(text) {}

  bool has_more() const noexcept { return *at_ != '\0'; }
  bool is_big_endian() const noexcept { return is_big_endian_; }

  // The next option, for a value at `offset` of the data.
  Option next(std::size_t offset) {
    Option option;
    option.letter = *at_++;
    const auto shape = shape_of(option.letter);
    option.kind = shape.kind;
    option.size = shape.size;
    if (option.letter == '>') is_big_endian_ = true;
    if (option.letter == '<') is_big_endian_ = false;
    if (option.letter == '!') set_alignment();
    option.padding = padding_of(option, offset);
    return option;
  }

  void refuse(char letter) {
    luaL_argerror(lua_, 1, lua_pushfstring(lua_, "invalid format option '%c'", letter));
  }

 private:
  int take_number(int otherwise) {
    if (std::isdigit(static_cast<unsigned char>(*at_)) == 0) return otherwise;
    int value = 0;
    while (std::isdigit(static_cast<unsigned char>(*at_)) != 0) {
      if (value > INT32_MAX / 10 || value * 10 > INT32_MAX - (*at_ - '0')) {
        luaL_error(lua_, "integral size overflow");
      }
      value = value * 10 + (*at_++ - '0');
    }
    return value;
  }

  Shape shape_of(char letter) {
    switch (letter) {
      case 'B':
      case 'b':
        return {Kind::integer, sizeof(char)};
      case 'H':
      case 'h':
        return {Kind::integer, sizeof(short)};
      case 'L':
      case 'l':
        return {Kind::integer, sizeof(long)};
      case 'T':
        return {Kind::integer, sizeof(std::size_t)};
      case 'i':
      case 'I':
        return {Kind::integer, integer_size()};
      case 'f':
        return {Kind::single_precision, sizeof(float)};
      case 'd':
        return {Kind::double_precision, sizeof(double)};
      case 'x':
        return {Kind::zero, 1};
      case 'c':
        return {Kind::characters, static_cast<std::size_t>(take_number(1))};
      case 's':
        return {Kind::ended_by_zero, 0};
      case '>':
      case '<':
      case '!':
      case ' ':
        return {Kind::nothing, 0};
      default:
        return {};
    }
  }

  std::size_t integer_size() {
    const int size = take_number(sizeof(int));
    if (size > kIntegerBytesMax) {
      luaL_error(lua_, "integral size %d is larger than limit of %d", size, kIntegerBytesMax);
    }
    return static_cast<std::size_t>(size);
  }

  void set_alignment() {
    const int alignment = take_number(kAlignmentMax);
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
      luaL_error(lua_, "alignment %d is not a power of 2", alignment);
    }
    alignment_ = static_cast<std::size_t>(alignment);
  }

  std::size_t padding_of(const Option& option, std::size_t offset) const noexcept {
    if (option.size == 0 || option.kind == Kind::characters) return 0;
    const auto alignment = std::min(option.size, alignment_);
    if (alignment <= 1) return 0;
    return (alignment - (offset & (alignment - 1))) & (alignment - 1);
  }

  lua_State* lua_;
  const char* at_;
  std::size_t alignment_ = 1;
  bool is_big_endian_ = false;
};

// --- pack ---

// Doubles beyond 63 bits are taken as unsigned, and those beyond 64 as zero.
std::uint64_t integer_bits(double number) noexcept {
  if (number >= -0x1p63 && number < 0x1p63) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
  }
  return number > 0 && number < 0x1p64 ? static_cast<std::uint64_t>(number) : 0;
}

// As many bytes as `size`, those beyond eight zero.
void append_bits(base::ByteBuffer& out, std::uint64_t bits, std::size_t size, bool is_big_endian) {
  char* const at = out.prepare(size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = i < 8 ? static_cast<char>(bits >> (8 * i)) : '\0';
    at[is_big_endian ? size - 1 - i : i] = byte;
  }
  out.commit(size);
}

void append_string(lua_State* lua, base::ByteBuffer& out, const Option& option, int argument) {
  luaL_checkstring(lua, argument);
  const auto text = view(lua, argument);
  const auto size =
      option.kind == Kind::ended_by_zero || option.size == 0 ? text.size() : option.size;
  // Counted as the original does, which has taken the argument by then.
  luaL_argcheck(lua, text.size() >= size, argument + 1, "string too short");
  out.append(text.substr(0, size));
  if (option.kind == Kind::ended_by_zero) out.push_back('\0');
}

int pack(lua_State* lua) {
  Format format(lua, luaL_checkstring(lua, 1));
  base::ByteBuffer out(64);
  lua_pushnil(lua);  // what follows the last argument
  int argument = 2;
  while (format.has_more()) {
    const auto option = format.next(out.size());
    for (std::size_t i = 0; i < option.padding; ++i) out.push_back('\0');
    switch (option.kind) {
      case Kind::integer:
        append_bits(out, integer_bits(luaL_checknumber(lua, argument++)), option.size,
                    format.is_big_endian());
        break;
      case Kind::zero:
        out.push_back('\0');
        break;
      case Kind::single_precision:
        append_bits(
            out,
            std::bit_cast<std::uint32_t>(static_cast<float>(luaL_checknumber(lua, argument++))),
            option.size, format.is_big_endian());
        break;
      case Kind::double_precision:
        append_bits(out, std::bit_cast<std::uint64_t>(luaL_checknumber(lua, argument++)),
                    option.size, format.is_big_endian());
        break;
      case Kind::characters:
      case Kind::ended_by_zero:
        append_string(lua, out, option, argument++);
        break;
      case Kind::nothing:
        break;
      case Kind::unknown:
        format.refuse(option.letter);
    }
  }
  push(lua, out.view());
  return 1;
}

// --- unpack ---

std::uint64_t read_bits(std::string_view bytes, bool is_big_endian) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 8); ++i) {
    const auto byte = bytes[is_big_endian ? bytes.size() - 1 - i : i];
    bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << (8 * i);
  }
  return bits;
}

void push_integer(lua_State* lua, std::uint64_t bits, const Option& option) {
  if (option.letter < 'a' || option.size == 0) {  // capitals are unsigned
    return lua_pushnumber(lua, static_cast<lua_Number>(bits));
  }
  const auto unused = 64 - 8 * std::min<std::size_t>(option.size, 8);
  const auto value = static_cast<std::int64_t>(bits << unused) >> unused;
  lua_pushnumber(lua, static_cast<lua_Number>(value));
}

// Where c0 finds its size: the number before it, which it replaces.
std::size_t take_size(lua_State* lua, int first, std::size_t available) {
  if (lua_gettop(lua) < first || lua_isnumber(lua, -1) == 0 || lua_type(lua, -1) != LUA_TNUMBER) {
    luaL_error(lua, "format 'c0' needs a previous size");
  }
  const double size = std::trunc(lua_tonumber(lua, -1));
  lua_pop(lua, 1);
  luaL_argcheck(lua, size >= 0 && size <= static_cast<double>(available), 2,
                "data string too short");
  return static_cast<std::size_t>(size);
}

std::size_t start_of(lua_State* lua) {
  const auto offset = luaL_optinteger(lua, 3, 1);
  luaL_argcheck(lua, offset != 0, 3, "offset must be 1 or greater");
  // A negative one is beyond all data, as it was when it became unsigned.
  return offset > 0 ? static_cast<std::size_t>(offset) - 1 : SIZE_MAX / 2;
}

int unpack(lua_State* lua) {
  Format format(lua, luaL_checkstring(lua, 1));
  luaL_checkstring(lua, 2);
  const auto data = view(lua, 2);
  auto at = start_of(lua);
  lua_settop(lua, 2);
  while (format.has_more()) {
    const auto option = format.next(at);
    at += option.padding;
    luaL_argcheck(lua, at <= data.size() && option.size <= data.size() - at, 2,
                  "data string too short");
    luaL_checkstack(lua, 2, "too many results");
    const auto bytes = data.substr(at, option.size);
    at += option.size;
    switch (option.kind) {
      case Kind::integer:
        push_integer(lua, read_bits(bytes, format.is_big_endian()), option);
        break;
      case Kind::single_precision:
        lua_pushnumber(lua, static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(
                                read_bits(bytes, format.is_big_endian())))));
        break;
      case Kind::double_precision:
        lua_pushnumber(lua, std::bit_cast<double>(read_bits(bytes, format.is_big_endian())));
        break;
      case Kind::characters: {
        const auto size = option.size != 0 ? 0 : take_size(lua, 3, data.size() - at);
        push(lua, option.size != 0 ? bytes : data.substr(at, size));
        at += size;
        break;
      }
      case Kind::ended_by_zero: {
        const auto end = data.find('\0', at);
        if (end == std::string_view::npos) luaL_error(lua, "unfinished string in data");
        push(lua, data.substr(at, end - at));
        at = end + 1;
        break;
      }
      case Kind::zero:
      case Kind::nothing:
        break;
      case Kind::unknown:
        format.refuse(option.letter);
    }
  }
  lua_pushnumber(lua, static_cast<lua_Number>(at + 1));
  return lua_gettop(lua) - 2;
}

int size(lua_State* lua) {
  Format format(lua, luaL_checkstring(lua, 1));
  std::size_t total = 0;
  while (format.has_more()) {
    const auto option = format.next(total);
    if (option.kind == Kind::ended_by_zero) luaL_argerror(lua, 1, "option 's' has no fixed size");
    if (option.kind == Kind::characters && option.size == 0) {
      luaL_argerror(lua, 1, "option 'c0' has no fixed size");
    }
    total += option.padding + option.size;
  }
  lua_pushnumber(lua, static_cast<lua_Number>(total));
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"pack", pack}, {"unpack", unpack}, {"size", size}, {nullptr, nullptr}};

}  // namespace

void push_struct(lua_State* lua) {
  lua_createtable(lua, 0, 4);
  luaL_register(lua, nullptr, kFunctions);
}

}  // namespace larder::script
