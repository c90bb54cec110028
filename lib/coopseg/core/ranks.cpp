#include "coopseg/core/ranks.h"

#include <netdb.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/core/numbers.h"

namespace coopseg::core {

namespace {

constexpr std::size_t kLargest = std::numeric_limits<int>::max();
constexpr int kFirstPort = 20000, kPorts = 10000;
// More than any list of ours can name: a range that is none takes no memory.
constexpr std::size_t kMostHosts = 65536;

// Empty where it is unset.
std::string text_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? text : "";
}

std::string required(const char* variable, const char* who) {
  const std::string text = text_of(variable);
  if (text.empty())
    throw UsageError(variable, std::string("is not set, and ") + who + " sets it",
                     "--ranks 1 trains without other processes");
  return text;
}

std::size_t number_of(const char* variable, const char* who, std::size_t least, std::size_t most) {
  return parse_count(required(variable, who), variable, least, most);
}

constexpr int kLastPort = 65535;

int master_port() { return static_cast<int>(parse_count(text_of("MASTER_PORT"), "MASTER_PORT", 1, kLastPort)); }

// Torchrun's agents have the same variables on every machine; whoever sets them by hand may leave the local ones out.
Ranks of_torchrun(std::size_t count) {
  constexpr const char* kWho = "torchrun";
  Ranks ranks;
  ranks.count = count;
  ranks.index = number_of("RANK", kWho, 0, count - 1);
  if (const std::string text = text_of("LOCAL_WORLD_SIZE"); !text.empty())
    ranks.local_count = parse_count(text, "LOCAL_WORLD_SIZE", 1, count);
  if (const std::string text = text_of("LOCAL_RANK"); !text.empty())
    ranks.local_index = parse_count(text, "LOCAL_RANK", 0, ranks.local_count - 1);
  ranks.address = required("MASTER_ADDR", kWho);
  required("MASTER_PORT", kWho);
  ranks.port = master_port();
  ranks.serves = ranks.index == 0;
  // There torchrun itself listens, in the words of its own version of PyTorch, which need not be this LibTorch's.
  if (text_of("TORCHELASTIC_USE_AGENT_STORE") == "True") ranks.port += ranks.port < kLastPort ? 1 : -1;
  return ranks;
}

// The number for node `node` of SLURM's "2(x3),1": 2, 2, 2, 1.
std::size_t tasks_of_node(const std::string& list, std::size_t node, const char* variable, std::size_t most) {
  std::size_t seen = 0, at = 0;
  while (at < list.size()) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    std::string tasks = list.substr(at, end - at);
    std::size_t nodes = 1;
    if (const std::size_t times = tasks.find("(x"); times != std::string::npos && tasks.back() == ')') {
      nodes = parse_count(tasks.substr(times + 2, tasks.size() - times - 3), variable, 1, kMostHosts);
      tasks.erase(times);
    }
    const std::size_t number = parse_count(tasks, variable, 1, most);
    seen += nodes;
    if (node < seen) return number;
    at = end + 1;
  }
  throw UsageError(variable, "\"" + list + "\" has no number for node " + std::to_string(node));
}

bool resolves(const std::string& host) {
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, nullptr, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

// Rank 0 runs on the step's first node. Names of nodes need not be names of hosts; then the steps of a batch script,
// which runs on that node, too, know its address.
std::string address_of_step() {
  if (std::string address = text_of("MASTER_ADDR"); !address.empty()) return address;
  constexpr const char* kNodes = "SLURM_STEP_NODELIST";
  const std::string list = required(kNodes, "srun");
  std::string first = expand_hosts(list, kNodes).front();
  if (resolves(first)) return first;
  std::string launched_from = text_of("SLURM_LAUNCH_NODE_IPADDR");
  if (!launched_from.empty()) return launched_from;
  throw UsageError(kNodes, "\"" + first + "\" is no host that can be reached", "name the first one with MASTER_ADDR");
}

// Steps that run at the same time on one node must not meet at one port.
int port_of_step() {
  if (!text_of("MASTER_PORT").empty()) return master_port();
  const std::size_t job = number_of("SLURM_JOB_ID", "srun", 0, kLargest);
  const std::size_t step = number_of("SLURM_STEP_ID", "srun", 0, kLargest);
  return kFirstPort + static_cast<int>((job * 31 + step) % kPorts);
}

Ranks of_step(std::size_t count) {
  constexpr const char* kWho = "srun";
  const char* variable =
      text_of("SLURM_STEP_TASKS_PER_NODE").empty() ? "SLURM_TASKS_PER_NODE" : "SLURM_STEP_TASKS_PER_NODE";
  Ranks ranks;
  ranks.count = count;
  ranks.index = number_of("SLURM_PROCID", kWho, 0, count - 1);
  const std::size_t node = number_of("SLURM_NODEID", kWho, 0, kMostHosts);
  ranks.local_count = tasks_of_node(required(variable, kWho), node, variable, count);
  ranks.local_index = number_of("SLURM_LOCALID", kWho, 0, ranks.local_count - 1);
  ranks.address = address_of_step();
  ranks.port = port_of_step();
  ranks.serves = ranks.index == 0;
  return ranks;
}

// What one word of a list stands for, its brackets from `at` on.
void expand_word(const std::string& begin, const std::string& rest, const std::string& variable,
                 std::vector<std::string>& hosts) {
  const auto refuse = [&] { throw UsageError(variable, "\"" + begin + rest + "\" is no list of hosts"); };
  const std::size_t open = rest.find('['), close = rest.find(']');
  if (open == std::string::npos) {
    if (close != std::string::npos || (begin + rest).empty()) refuse();
    if (hosts.size() == kMostHosts) throw UsageError(variable, "names more than 65536 hosts");
    hosts.push_back(begin + rest);
    return;
  }
  if (close == std::string::npos || close < open + 2) refuse();
  const std::string head = begin + rest.substr(0, open), tail = rest.substr(close + 1);
  const std::string ranges = rest.substr(open + 1, close - open - 1) + ',';
  for (std::size_t at = 0, comma; (comma = ranges.find(',', at)) != std::string::npos; at = comma + 1) {
    const std::string range = ranges.substr(at, comma - at);
    const std::string first = range.substr(0, range.find('-')), last = range.substr(range.find('-') + 1);
    const std::size_t from = parse_count(first, variable, 0, kLargest), to = parse_count(last, variable, 0, kLargest);
    if (to < from) refuse();
    for (std::size_t i = from; i <= to; ++i) {
      std::string number = std::to_string(i);
      if (number.size() < first.size()) number.insert(0, first.size() - number.size(), '0');
      expand_word(head + number, tail, variable, hosts);
    }
  }
}

}  // namespace

fs::path reason_file(const Ranks& ranks) { return ranks.file.parent_path() / "reason"; }

Ranks ranks_of_environment() {
  // ENVVAR RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, TORCHELASTIC_USE_AGENT_STORE: as torchrun sets them.
  // ENVVAR MASTER_ADDR, MASTER_PORT: as torchrun sets them; where set, they win over what is made of srun's.
  // ENVVAR SLURM_STEP_NUM_TASKS, SLURM_PROCID, SLURM_LOCALID, SLURM_NODEID, SLURM_STEP_TASKS_PER_NODE,
  // SLURM_TASKS_PER_NODE, SLURM_STEP_NODELIST, SLURM_LAUNCH_NODE_IPADDR, SLURM_JOB_ID, SLURM_STEP_ID: as srun sets
  // them.
  constexpr const char* kWorld = "WORLD_SIZE";
  constexpr const char* kTasks = "SLURM_STEP_NUM_TASKS";
  if (!text_of("RANK").empty() && !text_of(kWorld).empty()) {
    const std::size_t count = parse_count(text_of(kWorld), kWorld, 1, kMostRanks);
    return count > 1 ? of_torchrun(count) : Ranks{};
  }
  if (text_of(kTasks).empty()) return {};
  const std::size_t count = parse_count(text_of(kTasks), kTasks, 1, kMostRanks);
  return count > 1 ? of_step(count) : Ranks{};
}

std::vector<std::string> expand_hosts(const std::string& list, const std::string& variable) {
  std::vector<std::string> hosts;
  std::string word;
  bool inside = false;
  for (const char c : list + ',') {
    if (c == ',' && !inside) {
      expand_word({}, word, variable, hosts);
      word.clear();
      continue;
    }
    if (c == '[' || c == ']') inside = c == '[';
    word += c;
  }
  if (inside) throw UsageError(variable, "\"" + list + "\" is no list of hosts");
  return hosts;
}

}  // namespace coopseg::core
