// faulty FAULT: a program with the fault of this name. tests/house/sanitizers.sh sees to it that a build with
// sanitizers does not let such a program pass; other builds do not have it.
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "coopseg/core/parallel.h"

namespace {

int* volatile forgotten = nullptr;
int shared = 0;

void overrun(int argc) {
  int* volatile numbers = new int[2];
  numbers[argc] = argc;
  delete[] numbers;
}

int overflow(int argc) { return std::numeric_limits<int>::max() - 1 + argc; }

// Within what the vector has reserved: only the C++ library's own assertion sees it.
int beyond_size(int argc) {
  std::vector<int> numbers(2);
  numbers.reserve(8);
  return numbers[static_cast<std::size_t>(argc)];
}

void leak() {
  forgotten = new int[30];
  forgotten = nullptr;
}

void race() {
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
}

// Each piece has a place of its own, or all of them have the same. The pieces are long enough for a second thread to
// take some.
int loop(bool one_place_for_all) {
  std::vector<int> places(2000);
  coopseg::core::for_each_index(places.size(), 2, [&](std::size_t i) {
    int& place = places[one_place_for_all ? 0 : i];
    for (int k = 0; k < 1000; ++k) place = (place * 3 + k) % 1000;
  });
  return places.front();
}

}  // namespace

int main(int argc, char** argv) {
  const char* fault = argc > 1 ? argv[1] : "";
  if (std::strcmp(fault, "overrun") == 0) overrun(argc);
  if (std::strcmp(fault, "overflow") == 0) return overflow(argc) == 0;
  if (std::strcmp(fault, "beyond-size") == 0) return beyond_size(argc) == 1;
  if (std::strcmp(fault, "leak") == 0) leak();
  if (std::strcmp(fault, "race") == 0) race();
  return loop(std::strcmp(fault, "race-in-loop") == 0) < 0;
}
