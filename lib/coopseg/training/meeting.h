// Where the processes of a training meet: a store of c10d that all of them write into and read. Private to ranks.cpp.
#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "coopseg/core/ranks.h"

namespace coopseg::training {

// How long they wait for each other at the start, as COOPSEG_RANKS_WAIT says. Throws core::UsageError for another text
// than seconds.
std::chrono::milliseconds time_to_meet();

// The store of `place`: its file, or what rank 0 serves there. Throws core::DataError where it cannot be opened until
// then, and where something else answers at the port.
c10::intrusive_ptr<c10d::Store> open_store(const core::Ranks& place, std::chrono::steady_clock::time_point until);

// This machine's address on the way to `host`; empty where that cannot be told.
std::string own_address_towards(const std::string& host);

std::string first_line_of(const std::exception& error);

}  // namespace coopseg::training
