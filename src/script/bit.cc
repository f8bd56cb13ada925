// bit: operations on 32 bits, as LuaBitOp has them. Numbers are taken modulo 2^32.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "script/libraries.h"

namespace larder::script {
namespace {

// Rounds to the nearest integer and keeps the lower 32 bits: what adding 2^52 + 2^51 leaves of a
// double.
std::uint32_t to_bits(double number) noexcept {
  const double shifted = number + 6755399441055744.0;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &shifted, sizeof bits);
  return static_cast<std::uint32_t>(bits);
}

std::uint32_t take(lua_State* lua, int index) { return to_bits(luaL_checknumber(lua, index)); }

int answer(lua_State* lua, std::uint32_t bits) {
  lua_pushinteger(lua, static_cast<std::int32_t>(bits));
  return 1;
}

int to_bit(lua_State* lua) { return answer(lua, take(lua, 1)); }
int bnot(lua_State* lua) { return answer(lua, ~take(lua, 1)); }

template <class Operation>
int fold(lua_State* lua, Operation operation) {
  auto bits = take(lua, 1);
  for (int i = lua_gettop(lua); i > 1; --i) bits = operation(bits, take(lua, i));
  return answer(lua, bits);
}
int band(lua_State* lua) {
  return fold(lua, [](auto a, auto b) { return a & b; });
}
int bor(lua_State* lua) {
  return fold(lua, [](auto a, auto b) { return a | b; });
}
int bxor(lua_State* lua) {
  return fold(lua, [](auto a, auto b) { return a ^ b; });
}

// Of a shift only the lower five bits count.
int places(lua_State* lua) { return static_cast<int>(take(lua, 2) & 31); }

int lshift(lua_State* lua) {
  const auto bits = take(lua, 1);
  return answer(lua, bits << places(lua));
}
int rshift(lua_State* lua) {
  const auto bits = take(lua, 1);
  return answer(lua, bits >> places(lua));
}
int arshift(lua_State* lua) {
  const auto bits = static_cast<std::int32_t>(take(lua, 1));
  return answer(lua, static_cast<std::uint32_t>(bits >> places(lua)));
}
int rol(lua_State* lua) {
  const auto bits = take(lua, 1);
  return answer(lua, std::rotl(bits, places(lua)));
}
int ror(lua_State* lua) {
  const auto bits = take(lua, 1);
  return answer(lua, std::rotr(bits, places(lua)));
}
int bswap(lua_State* lua) { return answer(lua, __builtin_bswap32(take(lua, 1))); }

// The last `count` hexadecimal digits, in capitals where it is negative.
int to_hex(lua_State* lua) {
  auto bits = take(lua, 1);
  const auto wanted =
      lua_isnone(lua, 2) ? std::int64_t{8} : static_cast<std::int32_t>(take(lua, 2));
  const char* const digits = wanted < 0 ? "0123456789ABCDEF" : "0123456789abcdef";
  const auto count = static_cast<int>(std::min<std::int64_t>(std::abs(wanted), 8));
  char text[8];
  for (int i = count - 1; i >= 0; --i) {
    text[i] = digits[bits & 15];
    bits >>= 4;
  }
  lua_pushlstring(lua, text, static_cast<std::size_t>(count));
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"tobit", to_bit},  {"bnot", bnot},     {"band", band},       {"bor", bor}, {"bxor", bxor},
    {"lshift", lshift}, {"rshift", rshift}, {"arshift", arshift}, {"rol", rol}, {"ror", ror},
    {"bswap", bswap},   {"tohex", to_hex},  {nullptr, nullptr}};

}  // namespace

void push_bit(lua_State* lua) {
  lua_createtable(lua, 0, 16);
  luaL_register(lua, nullptr, kFunctions);
}

}  // namespace larder::script
