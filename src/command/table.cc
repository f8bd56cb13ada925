#include "command/table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/numbers.h"

namespace larder::command {
namespace {

constexpr std::size_t kNameMax = 32;

// The name's first eight bytes and its last eight, lower-cased eight bytes at a time: enough to
// tell our names apart, and to find one without a loop over its characters. Letters only differ in
// bit 5 from their capitals; that other bytes may fold onto each other does no harm, since the full
// name is compared in the end.
std::uint64_t packed(std::string_view name) noexcept {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  const auto bytes = std::min<std::size_t>(name.size(), 8);
  std::memcpy(&head, name.data(), bytes);
  std::memcpy(&tail, name.data() + name.size() - bytes, bytes);
  constexpr std::uint64_t kLowerBits = 0x2020202020202020;
  const std::uint64_t mixed =
      (head | kLowerBits) * 0x9e3779b97f4a7c15 ^ ((tail | kLowerBits) + name.size());
  return (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9;
}

bool is_of_collections(Group group) noexcept {
  switch (group) {
    case Group::hash:
    case Group::list:
    case Group::set:
    case Group::sorted_set:
    case Group::stream:
      return true;
    default:
      return false;
  }
}

}  // namespace

const Command* Command::subcommand(std::string_view name) const noexcept {
  for (const auto& candidate : subcommands) {
    if (base::equal_ignoring_case(candidate->spec->name, name)) return candidate.get();
  }
  return nullptr;
}

Table::~Table() = default;

Table::Table(std::span<const std::span<const Spec>> families, std::span<const Rename> renames) {
  const auto make = [this](const Spec& spec, const Command* parent) {
    auto command = std::make_unique<Command>();
    command->spec = &spec;
    command->parent = parent;
    command->full_name = parent == nullptr ? std::string(spec.name)
                                           : parent->full_name + "|" + std::string(spec.name);
    command->categories = categories_of(spec);
    const auto& first = spec.keys.items[0];
    const bool has_first = spec.keys.count != 0 && first.begin == KeySpec::Begin::index &&
                           first.find == KeySpec::Find::range;
    command->first_key = has_first ? first.index : std::int16_t{0};
    command->is_of_collections = has_first && is_of_collections(spec.group);
    command->id = static_cast<std::uint16_t>(id_count_++);
    return command;
  };
  for (const auto family : families) {
    for (const auto& spec : family) {
      auto command = make(spec, nullptr);
      for (const auto& subcommand : spec.subcommands) {
        command->subcommands.push_back(make(subcommand, command.get()));
      }
      commands_.push_back(std::move(command));
    }
  }

  // Names are told apart from specs here: `rename-command` gives a command another one, or none.
  std::vector<std::pair<std::string, const Command*>> names;
  for (const auto& command : commands_) {
    std::string name(command->spec->name);
    for (const auto& rename : renames) {
      if (base::equal_ignoring_case(rename.from, command->spec->name))
        name = base::to_lower(rename.to);
    }
    sorted_.push_back(command.get());
    if (!name.empty()) names.emplace_back(std::move(name), command.get());
  }
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Command* a, const Command* b) { return a->spec->name < b->spec->name; });
  slots_.resize(std::bit_ceil(names.size() * 4 + 1));
  for (auto& [name, command] : names) {
    const auto hash = packed(name);
    auto at = hash & (slots_.size() - 1);
    while (slots_[at].command != nullptr) {
      CHECK(slots_[at].name != name, name);
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = {hash, std::move(name), command};
  }
}

const Command* Table::find(std::string_view name) const noexcept {
  if (name.empty() || name.size() > kNameMax) return nullptr;
  const auto hash = packed(name);
  for (auto at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const auto& slot = slots_[at];
    if (slot.command == nullptr) return nullptr;
    if (slot.packed == hash && base::equal_ignoring_case(slot.name, name)) return slot.command;
  }
}

const Command* Table::named(std::string_view full_name) const noexcept {
  const auto bar = full_name.find('|');
  const auto* command = find(full_name.substr(0, bar));
  if (command == nullptr || bar == std::string_view::npos) return command;
  return command->subcommand(full_name.substr(bar + 1));
}

const Command* Table::resolve(Args args) const noexcept {
  const auto* command = find(args[0]);
  if (command == nullptr || command->subcommands.empty() || args.size() < 2) return command;
  const auto* subcommand = command->subcommand(args[1]);
  return subcommand == nullptr ? command : subcommand;
}

bool arity_fits(const Spec& spec, std::size_t count) noexcept {
  const auto given = static_cast<std::int64_t>(count);
  return spec.arity >= 0 ? given == spec.arity : given >= -spec.arity;
}

Categories categories_of(const Spec& spec) noexcept {
  namespace c = category;
  Categories categories = spec.categories;
  if ((spec.flags & flag::write) != 0) categories |= c::write;
  if ((spec.flags & flag::readonly) != 0 && spec.group != Group::scripting) categories |= c::read;
  if ((spec.flags & flag::admin) != 0) categories |= c::admin | c::dangerous;
  if ((spec.flags & flag::pubsub) != 0) categories |= c::pubsub;
  if ((spec.flags & flag::blocking) != 0) categories |= c::blocking;
  categories |= (spec.flags & flag::fast) != 0 ? c::fast : c::slow;
  switch (spec.group) {
    case Group::string:
      return categories | c::string;
    case Group::list:
      return categories | c::list;
    case Group::set:
      return categories | c::set;
    case Group::sorted_set:
      return categories | c::sortedset;
    case Group::hash:
      return categories | c::hash;
    case Group::stream:
      return categories | c::stream;
    case Group::hyperloglog:
      return categories | c::hyperloglog;
    case Group::geo:
      return categories | c::geo;
    case Group::bitmap:
      return categories | c::bitmap;
    case Group::transactions:
      return categories | c::transaction;
    case Group::scripting:
      return categories | c::scripting;
    case Group::connection:
      return categories | c::connection;
    case Group::generic:
    case Group::pubsub:
    case Group::server:
    case Group::cluster:
    case Group::bloom:
      break;
  }
  return categories;
}

}  // namespace larder::command
