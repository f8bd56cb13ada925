// Compressed values: forms that nobody wrote are refused without a step beyond them or the text;
// what was compressed, with a dictionary or without, comes back.
#include <memory>
#include <string>
#include <vector>

#include "input.h"
#include "value/compressed.h"
#include "value/dictionary.h"
#include "value/dictionary_learner.h"

namespace {

using namespace larder::value;
using larder::fuzz::expect;

// Both in memory of their own, so that sanitizers see what is read or written outside.
void inflate_form(std::string_view bytes, std::string_view dictionary) {
  const std::vector<char> form(bytes.begin(), bytes.end());
  const auto text = CompressedText::read({form.data(), form.size()});
  constexpr std::size_t kLengthMax = 1 << 16;
  if (text.length > kLengthMax) return;
  std::vector<char> room(text.length);
  (void)inflate(text, room.data(), dictionary);
}

void compress_and_back(const std::string& text, const Dictionary* dictionary) {
  std::vector<char> room(compressed_bytes_max(text.size()));
  const auto bytes =
      compress(text, room.data(), dictionary == nullptr ? kNoDictionary : 1, dictionary);
  expect(bytes <= room.size());
  if (bytes == 0) return;
  const auto form = CompressedText::read({room.data(), bytes});
  expect(form.length == text.size());
  std::string back(form.length, '\0');
  expect(
      inflate(form, back.data(), dictionary == nullptr ? std::string_view() : dictionary->text()));
  expect(back == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  larder::fuzz::Input in(data, size);
  const std::string words(in.take_bytes(in.take<std::uint16_t>() % 1024));
  const std::string text(in.rest());
  inflate_form(text, {});
  compress_and_back(text, nullptr);
  if (words.empty()) return 0;
  inflate_form(text, words);
  compress_and_back(text, std::make_unique<Dictionary>(words).get());

  std::vector<std::string> samples;
  for (std::size_t at = 0; at < text.size(); at += 64) samples.push_back(text.substr(at, 64));
  if (samples.size() > DictionaryLearner::kSamplesMax) return 0;
  DictionaryLearner learner(samples, 300);
  while (learner.step()) {
  }
  auto learned = learner.take_dictionary();
  expect(learned.size() <= 300);
  if (!learned.empty()) compress_and_back(text, std::make_unique<Dictionary>(learned).get());
  return 0;
}
