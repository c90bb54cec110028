#include "coopseg/model/pickle.h"

#include <cstring>
#include <map>
#include <unordered_map>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"

namespace coopseg::model {
namespace {

constexpr std::size_t kLongestKey = 64;  // bytes of a storage's name

constexpr std::size_t kMaxPickleBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxValues = std::size_t{1} << 20;
constexpr std::size_t kMaxDimensions = 8;
constexpr std::uint8_t kProtocol = 2;

// As CPython's pickle module names them.
enum Opcode : std::uint8_t {
  MARK = '(', STOP = '.', BINFLOAT = 'G', BININT = 'J', BININT1 = 'K', BININT2 = 'M', NONE = 'N', BINPERSID = 'Q',
  REDUCE = 'R', BINUNICODE = 'X', EMPTY_LIST = ']', APPEND = 'a', BUILD = 'b', GLOBAL = 'c', APPENDS = 'e',
  BINGET = 'h', LONG_BINGET = 'j', BINPUT = 'q', LONG_BINPUT = 'r', SETITEM = 's', TUPLE = 't', SETITEMS = 'u',
  EMPTY_DICT = '}', EMPTY_TUPLE = ')', PROTO = 0x80, TUPLE1 = 0x85, TUPLE2 = 0x86, TUPLE3 = 0x87, NEWTRUE = 0x88,
  NEWFALSE = 0x89, LONG1 = 0x8a
};

const std::map<std::string, PickleName>& known_globals() {
  const auto storage = [](const char* dtype) { return PickleName{PickleGlobal::storage_type, dtype}; };
  static const std::map<std::string, PickleName> kKnown = {
      {"collections.OrderedDict", {PickleGlobal::ordered_dict, ""}},
      {"torch._utils._rebuild_tensor_v2", {PickleGlobal::rebuild_tensor, ""}},
      {"torch._utils._rebuild_parameter", {PickleGlobal::rebuild_parameter, ""}},
      {"torch.FloatStorage", storage("F32")},
      {"torch.DoubleStorage", storage("F64")},
      {"torch.HalfStorage", storage("F16")},
      {"torch.BFloat16Storage", storage("BF16")},
      {"torch.LongStorage", storage("I64")},
      {"torch.IntStorage", storage("I32")},
      {"torch.ShortStorage", storage("I16")},
      {"torch.CharStorage", storage("I8")},
      {"torch.ByteStorage", storage("U8")},
      {"torch.BoolStorage", storage("BOOL")}};
  return kKnown;
}

}  // namespace

class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, const std::string& file, std::vector<PickleValue>& values)
      : in_(bytes), file_(file), values_(values) {}

  PickleId run() {
    if (in_.left() > kMaxPickleBytes) refuse("its pickle is longer than any model's");
    if (in_.left() < 2 || in_.u8() != PROTO || in_.u8() != kProtocol) {
      refuse("its pickle does not begin as one of protocol 2, torch.save's default");
    }
    for (;;) {
      opcode_ = number(1);
      if (opcode_ == STOP) break;
      step();
    }
    if (!marks_.empty() || stack_.size() != 1) refuse("its pickle ends with other than one value");
    if (in_.left() != 0) refuse("its pickle goes on behind its end");
    return stack_.back();
  }

 private:
  void step() {
    switch (opcode_) {
      case MARK: marks_.push_back(stack_.size()); break;
      case NONE: push(std::monostate()); break;
      case NEWTRUE: push(true); break;
      case NEWFALSE: push(false); break;
      case BININT: push(std::int64_t{static_cast<std::int32_t>(number(4))}); break;
      case BININT1: push(static_cast<std::int64_t>(number(1))); break;
      case BININT2: push(static_cast<std::int64_t>(number(2))); break;
      case LONG1: push(long_integer()); break;
      case BINFLOAT: push(real()); break;
      case BINUNICODE: push(std::string(text(number(4)))); break;
      case EMPTY_TUPLE: push(PickleTuple{}); break;
      case EMPTY_LIST: push(PickleList{}); break;
      case EMPTY_DICT: push(PickleDict{}); break;
      case TUPLE: push(PickleTuple{pop_marked()}); break;
      case TUPLE1: push_tuple(1); break;
      case TUPLE2: push_tuple(2); break;
      case TUPLE3: push_tuple(3); break;
      case GLOBAL: push(global()); break;
      case BINPUT: put(number(1)); break;
      case LONG_BINPUT: put(number(4)); break;
      case BINGET: get(number(1)); break;
      case LONG_BINGET: get(number(4)); break;
      case APPEND: append({pop()}); break;
      case APPENDS: append(pop_marked()); break;
      case SETITEM: {
        const PickleId value = pop(), key = pop();
        set_items({key, value});
        break;
      }
      case SETITEMS: set_items(pop_marked()); break;
      case BINPERSID: push(storage(pop())); break;
      case REDUCE: {
        const PickleId arguments = pop(), function = pop();
        push(reduce(function, arguments));
        break;
      }
      case BUILD:
        // What Python would make attributes of the object: of a state_dict, the versions of its layers.
        pop();
        as<PickleDict>(top(), "gives attributes to other than a dict");
        break;
      default: refuse("its pickle holds the opcode " + std::to_string(opcode_) + ", which no state_dict needs");
    }
  }

  PickleName global() {
    const std::string module = line(), name = module + "." + line();
    const auto known = known_globals().find(name);
    if (known == known_globals().end()) {
      refuse("asks for '" + shown(name) + "', which is no part of a plain tensor; nothing was executed");
    }
    return known->second;
  }

  PickleStorage storage(PickleId id) {
    const auto& parts = as<PickleTuple>(id, "names a storage by other than a tuple").items;
    const char* const problem = "names a storage in an unknown way";
    if (parts.size() != 5 || as<std::string>(parts[0], problem) != "storage") refuse_place(problem);
    const auto& type = as<PickleName>(parts[1], problem);
    if (type.what != PickleGlobal::storage_type) refuse_place(problem);
    as<std::string>(parts[3], problem);  // "cpu", "cuda:0": where it was, which does not matter
    const std::int64_t elements = as<std::int64_t>(parts[4], problem);
    if (elements < 0) refuse_place("holds a storage of a negative size");
    const std::string& key = as<std::string>(parts[2], problem);
    // The key is kept once for each naming; PyTorch's are short numbers.
    if (key.size() > kLongestKey) refuse_place("names a storage by a key of " + std::to_string(key.size()) + " bytes");
    return {type.dtype, key, static_cast<std::uint64_t>(elements)};
  }

  PickleValue reduce(PickleId function, PickleId arguments) {
    const auto& name = as<PickleName>(function, "calls what is no function");
    const auto& given = as<PickleTuple>(arguments, "calls a function without a tuple of arguments").items;
    if (name.what == PickleGlobal::ordered_dict) {
      if (!given.empty()) refuse_place("makes an OrderedDict out of arguments");
      return PickleDict{};
    }
    if (name.what == PickleGlobal::rebuild_parameter) {
      const char* const problem = "rebuilds a parameter from unknown arguments";
      if (given.size() != 3) refuse_place(problem);
      as<bool>(given[1], problem);
      check_no_hooks(given[2]);
      return as<PickleTensor>(given[0], problem);
    }
    if (name.what == PickleGlobal::rebuild_tensor) {
      const char* const problem = "rebuilds a tensor from unknown arguments";
      if (given.size() != 6) refuse_place(problem);
      as<PickleStorage>(given[0], problem);
      as<bool>(given[4], problem);
      check_no_hooks(given[5]);
      PickleTensor tensor{given[0], as<std::int64_t>(given[1], problem), sides(given[2]), sides(given[3])};
      if (tensor.shape.size() != tensor.strides.size()) refuse_place("rebuilds a tensor with a stride too many or few");
      return tensor;
    }
    refuse_place("calls a storage type");
  }

  // Hooks would be Python functions.
  void check_no_hooks(PickleId id) {
    if (!as<PickleDict>(id, "rebuilds a tensor with unknown hooks").items.empty()) {
      refuse_place("rebuilds a tensor with hooks");
    }
  }

  std::vector<std::int64_t> sides(PickleId id) {
    const auto& items = as<PickleTuple>(id, "rebuilds a tensor without a shape").items;
    if (items.size() > kMaxDimensions) refuse_place("rebuilds a tensor of more than 8 dimensions");
    std::vector<std::int64_t> numbers;
    numbers.reserve(items.size());
    for (const PickleId item : items) numbers.push_back(as<std::int64_t>(item, "has a shape that is not of numbers"));
    return numbers;
  }

  void append(const std::vector<PickleId>& items) {
    auto& list = as<PickleList>(top(), "appends to other than a list").items;
    list.insert(list.end(), items.begin(), items.end());
  }

  void set_items(const std::vector<PickleId>& items) {
    auto& dict = as<PickleDict>(top(), "sets an item of other than a dict").items;
    if (items.size() % 2 != 0) refuse_place("sets a key without a value");
    for (std::size_t i = 0; i < items.size(); i += 2) dict.emplace_back(items[i], items[i + 1]);
  }

  // Not below the last mark: Python's own reader would take that for damage, too.
  PickleId top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) refuse_place("takes a value from an empty stack");
    return stack_.back();
  }

  PickleId pop() {
    const PickleId id = top();
    stack_.pop_back();
    return id;
  }

  std::vector<PickleId> pop_marked() {
    if (marks_.empty()) refuse_place("looks for a mark that is not there");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleId> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  void push(PickleValue value) {
    if (values_.size() == kMaxValues) refuse("its pickle holds more values than any model's");
    values_.push_back(std::move(value));
    stack_.push_back(static_cast<PickleId>(values_.size() - 1));
  }

  void push_tuple(std::size_t count) {
    std::vector<PickleId> items(count);
    while (count > 0) items[--count] = pop();
    push(PickleTuple{std::move(items)});
  }

  void put(std::uint32_t place) { memo_[place] = top(); }

  void get(std::uint32_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) refuse_place("takes a value that it never put away");
    stack_.push_back(found->second);
  }

  template <class T>
  T& as(PickleId id, const char* problem) {
    T* const value = std::get_if<T>(&values_[id]);
    if (!value) refuse_place(problem);
    return *value;
  }

  std::uint32_t number(std::size_t bytes) {
    if (in_.left() < bytes) refuse("its pickle ends too early");
    return bytes == 1 ? in_.u8() : bytes == 2 ? in_.u16() : in_.u32();
  }

  std::string_view text(std::size_t length) {
    if (in_.left() < length) refuse("its pickle ends too early");
    return in_.take(length);
  }

  std::string line() {
    constexpr std::size_t kLongest = 256;
    std::string found;
    for (;;) {
      const char c = static_cast<char>(number(1));
      if (c == '\n') return found;
      if (found.size() == kLongest) refuse_place("holds an endless name");
      found += c;
    }
  }

  std::int64_t long_integer() {
    const std::size_t length = number(1);
    if (length > 8) refuse_place("holds an integer of more than 64 bits");
    const std::string_view bytes = text(length);
    std::uint64_t value = 0;
    for (std::size_t i = length; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    const bool negative = length > 0 && (bytes[length - 1] & 0x80) != 0;
    if (negative && length < 8) value |= ~std::uint64_t{0} << (8 * length);
    return static_cast<std::int64_t>(value);
  }

  double real() {
    std::uint64_t bits = 0;  // the one big-endian number of the format
    for (const char c : text(8)) bits = bits << 8 | static_cast<unsigned char>(c);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw core::DataError(file_, problem, "only files of torch.save(state_dict) can be read");
  }
  [[noreturn]] void refuse_place(const std::string& problem) const {
    refuse("its pickle " + problem + " (at byte " + std::to_string(in_.position()) + ")");
  }

  ByteReader in_;
  const std::string& file_;
  std::vector<PickleValue>& values_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleId> memo_;
  std::uint32_t opcode_ = 0;
};

Pickle::Pickle(std::string_view bytes, const std::string& file) {
  root_ = PickleMachine(bytes, file, values_).run();
}

}  // namespace coopseg::model
