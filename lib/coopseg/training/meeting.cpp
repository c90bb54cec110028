#include "coopseg/training/meeting.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/training/watch.h"

namespace coopseg::training {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kConnect{2000};  // of one attempt
constexpr milliseconds kAnswer{5000};   // of who is connected

// Throws where nobody listens yet. The store's own attempts would tell of each of them on standard error.
void require_listener(const std::string& host, int port) {
  constexpr milliseconds kBetween{100};
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  bool listens = false;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) == 0) {
    for (const addrinfo* at = found; at && !listens; at = at->ai_next) {
      const int socket = ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
      if (socket < 0) continue;
      pollfd waiting{socket, POLLOUT, 0};
      int problem = 0;
      socklen_t size = sizeof problem;
      if (::connect(socket, at->ai_addr, at->ai_addrlen) == 0) listens = true;
      else if (errno == EINPROGRESS && ::poll(&waiting, 1, static_cast<int>(kConnect.count())) == 1)
        listens = ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0;
      ::close(socket);
    }
    ::freeaddrinfo(found);
  }
  if (listens) return;
  std::this_thread::sleep_for(kBetween);
  throw std::runtime_error("nobody listens there");
}

// Runs `work` in a thread of its own, which is left behind where it does not end in time; returns whether it did.
bool ends_in_time(Clock::time_point until, const std::function<void()>& work) {
  std::packaged_task<void()> task(work);
  std::future<void> done = task.get_future();
  std::thread(std::move(task)).detach();
  if (done.wait_until(until) != std::future_status::ready) return false;
  done.get();
  return true;
}

c10::intrusive_ptr<c10d::Store> opened(const core::Ranks& place, Clock::time_point until) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.port);
  options.isServer = place.serves;
  options.waitWorkers = false;
  options.timeout = kConnect;
  while (true) {
    core::throw_if_stopped();
    try {
      if (!place.serves) require_listener(place.address, place.port);
      auto store = c10::make_intrusive<c10d::TCPStore>(place.address, options);
      store->check({kFailed});
      return store;
    } catch (const std::exception& error) {
      if (place.serves)
        throw core::DataError(fmt::format("{}:{}", place.address, place.port),
                              "the processes of the training cannot meet there: " + first_line_of(error),
                              "set MASTER_PORT to a free port");
      if (Clock::now() >= until)
        throw core::DataError("--ranks",
                              fmt::format("rank {} of {} does not find rank 0 at {}:{}", place.index, place.count,
                                          place.address, place.port),
                              "see why that has not started; MASTER_ADDR and MASTER_PORT choose another place to meet");
    }
  }
}

}  // namespace

std::string first_line_of(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

milliseconds time_to_meet() {
  // ENVVAR COOPSEG_RANKS_WAIT: seconds that processes of one training wait for each other at the start; 45 where unset.
  const char* const text = std::getenv("COOPSEG_RANKS_WAIT");
  if (!text || !*text) return milliseconds(45000);
  char* end = nullptr;
  const double seconds = std::strtod(text, &end);
  if (*end != '\0' || !(seconds >= 1 && seconds <= 86400))
    throw core::UsageError("COOPSEG_RANKS_WAIT", fmt::format("is \"{}\", expected seconds from 1 to 86400", text));
  return milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

std::string own_address_towards(const std::string& host) {
  addrinfo hints = {};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), "9", &hints, &found) != 0) return {};
  std::string address;
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in own = {};
  socklen_t size = sizeof own;
  char text[INET_ADDRSTRLEN] = {};
  // Nothing is sent: connecting such a socket chooses the way alone.
  if (socket >= 0 && ::connect(socket, found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
      ::inet_ntop(AF_INET, &own.sin_addr, text, sizeof text))
    address = text;
  if (socket >= 0) ::close(socket);
  ::freeaddrinfo(found);
  return address;
}

c10::intrusive_ptr<c10d::Store> open_store(const core::Ranks& place, Clock::time_point until) {
  if (!place.file.empty())
    return c10::make_intrusive<c10d::FileStore>(place.file.string(), static_cast<int>(place.count));
  // Whatever else listens at the port is a stranger who may never answer.
  const auto found = std::make_shared<c10::intrusive_ptr<c10d::Store>>();
  if (!ends_in_time(until + kAnswer, [found, place, until] { *found = opened(place, until); }))
    throw core::DataError(fmt::format("{}:{}", place.address, place.port), "is not rank 0 of this training",
                          "set MASTER_PORT to a free port");
  return *found;
}

}  // namespace coopseg::training
