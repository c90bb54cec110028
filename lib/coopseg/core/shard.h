// One of the parts of a list that is worked through in several runs, as the tasks of a job array.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

namespace coopseg::core {

// Part `index` of `count` (from 0): consecutive, so that the parts' outputs concatenate.
struct Shard {
  std::size_t index = 0, count = 1;

  // "2/8"; "slurm": a task of a SLURM array 0-N as SLURM_ARRAY_TASK_ID, _MIN, _MAX and _COUNT have it; "slurm:8": the
  // task SLURM_ARRAY_TASK_ID of 8, whichever of them the array has. Another array than 0-N (2, 1-4, 0-6:2, 3,17), or of
  // one task, may be a part of the tasks submitted again, which SLURM does not tell: "slurm" refuses it. Throws
  // UsageError.
  static Shard parse(const std::string& text);

  std::pair<std::size_t, std::size_t> range(std::size_t cases) const;  // [first, last)

  // Of the list `stem` of a whole run: cases.jsonl; of a part cases.03-of-12.jsonl, so that names sort by index.
  std::string list_name(const std::string& stem) const;
};

// An array 0-N, too, may be a part of another one, submitted again: whose it is show the lists that the tasks before it
// left. Throws UsageError if `folder` holds one of the parts of cases.jsonl that is none of `count`.
void refuse_parts_of_another(const std::filesystem::path& folder, std::size_t count);

}  // namespace coopseg::core
