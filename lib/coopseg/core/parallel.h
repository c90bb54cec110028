// Loops over numbered pieces of work on oneTBB's threads; every parallel part of the toolkit is one of these.
//
//   for_each_index(slices, [&](std::size_t k) { rescale(slice(k)); });
//   for_each_block(rows, 16, [&](std::size_t begin, std::size_t end) { ... });
//
// Who does which piece, and when, is open: results must not depend on it. What stands before a loop has happened before
// its pieces, and they before what follows it; pieces among each other are unordered. An exception of a piece is thrown
// to the caller once the pieces at work have ended; pieces that have not begun are left out.
#pragma once

#include <cstddef>
#include <functional>

namespace coopseg::core {

// work(i) for all i < count; each is a piece, so it should be worth microseconds. The first form uses the threads there
// are (ThreadLimit), the second at most `threads` of them, at least 1.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work);
void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

// work(begin, end) for ranges that together are 0 ... count, a piece each; ranges up to `grain` are not divided
// further.
void for_each_block(std::size_t count, std::size_t grain, const std::function<void(std::size_t, std::size_t)>& work);

// work(i) for all i < count on at most `threads` threads, done(i) in the order of i, one at a time, as soon as work(i)
// and all before it are done; work is at most `ahead` indices ahead of done. When go_on() is false, nothing more is
// begun.
void for_each_in_order(std::size_t count, int threads, std::size_t ahead, const std::function<bool()>& go_on,
                       const std::function<void(std::size_t)>& work, const std::function<void(std::size_t)>& done);

}  // namespace coopseg::core
