// Several processes that train together, as threads of one.
//
//   ThreadGroup(2).run([](network::Group& own) { network::GroupScope scope(&own); ... });
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "coopseg/network/group.h"

namespace coopseg::test {

class ThreadGroup {
 public:
  explicit ThreadGroup(std::size_t count, bool shares_statistics = true)
      : count_(count), shares_statistics_(shares_statistics), given_(count), begun_(count) {}

  // Calls work(its group) in each of the threads, with one thread of LibTorch's. What the first one throws is thrown
  // here, when all have ended.
  void run(const std::function<void(network::Group&)>& work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count_; ++i) {
      threads.emplace_back([&, i] {
        at::set_num_threads(1);
        Member member(*this, i);
        try {
          work(member);
        } catch (...) {
          fail(std::current_exception());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    if (first_error_) std::rethrow_exception(first_error_);
  }

 private:
  class Member : public network::Group {
   public:
    Member(ThreadGroup& all, std::size_t index) : all_(all), index_(index) {}
    std::size_t index() const override { return index_; }
    std::size_t count() const override { return all_.count_; }
    bool shares_statistics() const override { return all_.shares_statistics_; }
    void sum(at::Tensor& numbers) override {
      const at::NoGradGuard without_gradients;
      if (!numbers.is_contiguous()) throw std::logic_error("a sum of numbers that do not lie together");
      all_.given_[index_] = &numbers;
      all_.begun_[index_].push_back(-1);
      all_.wait_for_all();
      if (index_ == 0) all_.add_up();
      all_.wait_for_all();
      numbers.detach().copy_(all_.total_);
      all_.wait_for_all();
    }
    std::function<void()> begin_sum(at::Tensor numbers) override {
      all_.begun_[index_].push_back(numbers.numel());
      return [this, numbers]() mutable { sum(numbers); };
    }

   private:
    ThreadGroup& all_;
    std::size_t index_;
  };

  // In the order of the processes. What has been begun and what is summed must have the same order in all of them:
  // between real ones the calls meet by their number.
  void add_up() {
    for (auto& begun : begun_) {
      if (begun != begun_.front()) throw std::logic_error("processes begin their sums in different orders");
    }
    for (auto& begun : begun_) begun.clear();
    total_ = given_[0]->detach().clone();
    for (std::size_t i = 1; i < count_; ++i) {
      if (given_[i]->sizes() != total_.sizes() || given_[i]->scalar_type() != total_.scalar_type())
        throw std::logic_error("processes sum tensors that do not fit each other");
      total_.add_(given_[i]->detach());
    }
  }

  void wait_for_all() {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::size_t round = round_;
    if (++waiting_ == count_) {
      waiting_ = 0;
      ++round_;
      changed_.notify_all();
    } else {
      changed_.wait(lock, [&] { return round_ != round || first_error_; });
    }
    if (round_ == round) throw std::runtime_error("another thread has failed");
  }

  void fail(std::exception_ptr error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!first_error_) first_error_ = std::move(error);
    changed_.notify_all();
  }

  std::size_t count_;
  bool shares_statistics_;
  std::vector<at::Tensor*> given_;
  std::vector<std::vector<std::int64_t>> begun_;  // sizes of sums that are waited for later; -1: a sum
  at::Tensor total_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t waiting_ = 0, round_ = 0;
  std::exception_ptr first_error_;
};

}  // namespace coopseg::test
