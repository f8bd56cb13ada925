// What runs a fuzz target where libFuzzer is not linked: every file of its corpus, then mutations
// of these files, always the same ones, for a bounded time. Finds what came back, rather than what
// is new.
//
//   <name>_fuzz [--seconds N] [file | folder]...
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::string;

constexpr int kMutationsMax = 200'000;
constexpr std::size_t kMutantBytesMax = 64 * 1024;

void run(const Bytes& input) {
  // A copy of exactly its size, so that a sanitizer sees every read beyond it.
  const std::vector<std::uint8_t> memory(input.begin(), input.end());
  LLVMFuzzerTestOneInput(memory.data(), memory.size());
}

void load(const std::filesystem::path& path, std::vector<Bytes>& corpus) {
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) load(file, corpus);
  } else if (std::filesystem::is_regular_file(path)) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
}

std::size_t place_in(const Bytes& input, larder::base::Random& random) {
  return static_cast<std::size_t>(random.below(input.size() + 1));
}

// One to eight small changes: bytes and bits changed, pieces dropped, doubled or taken from another
// input.
Bytes mutated(Bytes input, const std::vector<Bytes>& corpus, larder::base::Random& random) {
  static constexpr char kTelling[] = {'\0', '\n', '\r', '*', '$',    '-',   '0',
                                      '9',  '"',  '\\', '[', '\x7f', '\xff'};
  for (auto left = 1 + random.below(8); left > 0; --left) {
    const auto at = place_in(input, random);
    const auto bytes = static_cast<std::size_t>(1 + random.below(16));
    const auto kind = random.below(6);
    if (kind == 0) {
      input.insert(at, 1, static_cast<char>(random.next()));
    } else if (kind == 1) {
      input.insert(at, 1, kTelling[random.below(std::size(kTelling))]);
    } else if (kind == 2 && at < input.size()) {
      input[at] = static_cast<char>(input[at] ^ (1 << random.below(8)));
    } else if (kind == 3 && at < input.size()) {
      input.erase(at, bytes);
    } else if (kind == 4 && at < input.size()) {
      input.insert(place_in(input, random), Bytes(input, at, bytes * 4));
    } else if (kind == 5) {
      const auto& other = corpus[random.below(corpus.size())];
      input.replace(at, bytes, other, std::min(place_in(other, random), other.size()), bytes * 4);
    }
  }
  if (input.size() > kMutantBytesMax) input.resize(kMutantBytesMax);
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Bytes> corpus;
  std::int64_t seconds = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
      seconds = std::atoll(argv[++i]);
    } else {
      load(argv[i], corpus);
    }
  }
  for (const auto& input : corpus) run(input);
  const auto inputs = corpus.size();
  if (corpus.empty()) corpus.emplace_back();

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  larder::base::Random random(1);
  int mutations = 0;
  while (mutations < kMutationsMax && std::chrono::steady_clock::now() < deadline) {
    run(mutated(corpus[random.below(corpus.size())], corpus, random));
    ++mutations;
  }
  std::printf("%zu inputs, %d mutations\n", inputs, mutations);
}
