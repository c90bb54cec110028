#include "coopseg/core/parallel.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <vector>

#ifdef COOPSEG_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace coopseg::core {

namespace {

namespace tbb = oneapi::tbb;

// Tells the thread sanitizer of an order that oneTBB keeps, in code that it cannot see: the library is not built with
// it, and this file, which has the library's templates, is compiled without it (core/CMakeLists.txt). What a thread did
// before give() has happened before what another does after take(). In other builds nothing is left of it.
class Handover {
 public:
#ifdef COOPSEG_THREAD_SANITIZER
  void give() { __tsan_release(&place_); }
  void take() { __tsan_acquire(&place_); }

 private:
  char place_ = 0;
#else
  void give() {}
  void take() {}
#endif
};

// Gives at the end of its block, whether that is left by an exception or not.
struct GiveAtEnd {
  Handover& handover;
  ~GiveAtEnd() { handover.give(); }
};
struct TakeAtEnd {
  Handover& handover;
  ~TakeAtEnd() { handover.take(); }
};

template <class Partitioner>
void in_blocks(std::size_t count, std::size_t grain, const std::function<void(std::size_t, std::size_t)>& work) {
  Handover before, after;
  const TakeAtEnd all_done{after};
  before.give();
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count, std::max<std::size_t>(1, grain)),
      [&](const tbb::blocked_range<std::size_t>& range) {
        before.take();
        const GiveAtEnd this_done{after};
        work(range.begin(), range.end());
      },
      Partitioner());
}

}  // namespace

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work) {
  in_blocks<tbb::simple_partitioner>(count, 1, [&work](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) work(i);
  });
}

void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  tbb::task_arena arena(std::max(1, threads));
  Handover before, after;
  const TakeAtEnd all_done{after};
  before.give();
  // Where the arena is full, another thread runs this.
  arena.execute([&] {
    before.take();
    const GiveAtEnd loop_done{after};
    for_each_index(count, work);
  });
}

void for_each_block(std::size_t count, std::size_t grain, const std::function<void(std::size_t, std::size_t)>& work) {
  in_blocks<tbb::auto_partitioner>(count, grain, work);
}

void for_each_in_order(std::size_t count, int threads, std::size_t ahead, const std::function<bool()>& go_on,
                       const std::function<void(std::size_t)>& work, const std::function<void(std::size_t)>& done) {
  ahead = std::max<std::size_t>(1, ahead);
  Handover before, after, chosen;
  // No two of the indices at work or waiting are equal modulo `ahead`.
  std::vector<Handover> worked(ahead);
  std::size_t next = 0;
  const auto choose = [&](tbb::flow_control& control) -> std::size_t {
    before.take();
    chosen.take();
    const GiveAtEnd this_chosen{chosen};
    if (next < count && go_on()) {
      worked[next % ahead].give();
      return next++;
    }
    control.stop();
    return 0;
  };
  const auto work_on = [&](std::size_t index) {
    before.take();
    worked[index % ahead].take();
    const GiveAtEnd this_worked{worked[index % ahead]};
    work(index);
    return index;
  };
  const auto finish = [&](std::size_t index) {
    after.take();
    worked[index % ahead].take();
    const GiveAtEnd this_done{after}, place_free{worked[index % ahead]};
    done(index);
  };
  const TakeAtEnd all_done{after};
  before.give();
  // An arena of its own holds the indices at work to `threads`; the pipeline's number counts those that wait, too.
  tbb::task_arena arena(std::max(1, threads));
  arena.execute([&] {
    tbb::parallel_pipeline(ahead, tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order, choose) &
                                      tbb::make_filter<std::size_t, std::size_t>(tbb::filter_mode::parallel, work_on) &
                                      tbb::make_filter<std::size_t, void>(tbb::filter_mode::serial_in_order, finish));
  });
}

}  // namespace coopseg::core
