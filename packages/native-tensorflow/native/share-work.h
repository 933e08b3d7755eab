// Threads for kernels of ours: TensorFlow's C interface gives kernels none of its own.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace nfnets {

// Runs tasks on the calling thread and on helpers that are idle.
class Helpers {
 public:
  static Helpers& Get() {
    // Never deleted: threads wait in it until the process ends.
    static Helpers* const helpers = new Helpers;
    return *helpers;
  }

  // Calls `work(0)` to `work(tasks - 1)`, in any order, on `threads` threads at most; returns when all are done.
  void Run(int tasks, int threads, const std::function<void(int)>& work) {
    const int wanted = std::min(threads, tasks) - 1;
    if (wanted <= 0) {
      for (int i = 0; i < tasks; i++) work(i);
      return;
    }
    const auto job = std::make_shared<Job>(tasks, &work);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (started_ < wanted) {
        std::thread([this] { Wait(); }).detach();
        started_++;
      }
      jobs_.push_back(job);
    }
    wanted == 1 ? wake_.notify_one() : wake_.notify_all();
    job->Take();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      jobs_.erase(std::remove(jobs_.begin(), jobs_.end(), job), jobs_.end());
    }
    job->Finish();
  }

 private:
  struct Job {
    Job(int tasks, const std::function<void(int)>* work) : tasks(tasks), work(work) {}

    void Take() {
      for (int i = next++; i < tasks; i = next++) {
        (*work)(i);
        if (++done == tasks) {
          std::lock_guard<std::mutex> lock(mutex);
          finished.notify_all();
        }
      }
    }

    void Finish() {
      std::unique_lock<std::mutex> lock(mutex);
      finished.wait(lock, [this] { return done == tasks; });
    }

    const int tasks;
    // Lives as long as `Run`, which waits for all tasks; who comes later finds none left.
    const std::function<void(int)>* const work;
    std::atomic<int> next{0};
    std::atomic<int> done{0};
    std::mutex mutex;
    std::condition_variable finished;
  };

  void Wait() {
    for (;;) {
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [this] { return !jobs_.empty(); });
        job = jobs_.front();
        if (job->next >= job->tasks) {
          jobs_.pop_front();
          continue;
        }
      }
      job->Take();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  int started_ = 0;
};

}  // namespace nfnets
