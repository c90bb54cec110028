// A score: a number, or why there is none.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <string_view>

namespace coopseg::metric {

// A double that may be absent, and takes no more room than one: long lists hold many. Used as std::optional<double> is.
class Number {
 public:
  Number() = default;
  Number(double value) : value_(value) {}  // a NaN is none
  explicit operator bool() const { return !std::isnan(value_); }
  double operator*() const { return value_; }
  friend bool operator==(Number a, Number b) { return a.value_ == b.value_ || (!a && !b); }
  friend bool operator!=(Number a, Number b) { return !(a == b); }

 private:
  double value_ = std::numeric_limits<double>::quiet_NaN();
};

// One of the few words that say why there is no number, kept once for all values that have it. Thread-safe.
class Reason {
 public:
  Reason() = default;
  Reason(const char* text) : Reason(std::string(text)) {}
  Reason(const std::string& text);
  const std::string& text() const;
  bool operator==(std::string_view other) const { return text() == other; }
  bool operator!=(std::string_view other) const { return text() != other; }

 private:
  const std::string* text_ = nullptr;
};

// A number, possibly infinite (as some tools give), or the reason why there is none.
struct Value {
  Number number;
  Reason reason;  // "both-empty", "reference-empty", "prediction-empty", "not-asked", "monai-gives-nan", ...
};

}  // namespace coopseg::metric
