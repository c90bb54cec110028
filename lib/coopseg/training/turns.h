// Work that the processes of a training divide: pieces in turns, and the counts of all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace coopseg::training {

// Calls `work` for each of `count` pieces; where a group is at work (network/group.h), in rounds in which each process
// has one piece, the i-th those that i is the rest of. `pause` is called before each round, in all processes.
void in_turns(std::size_t count, const std::function<void()>& pause, const std::function<void(std::size_t)>& work);

// The sums over the processes; those of this one, where it is alone.
std::vector<std::int64_t> of_all(std::vector<std::int64_t> counts);

}  // namespace coopseg::training
