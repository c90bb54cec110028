// Points and directions in millimetres, and the arithmetic of the phantom's geometry.
#pragma once

#include <cmath>

namespace coopseg::phantom {

constexpr double kPi = 3.14159265358979323846;

inline double square(double v) { return v * v; }

struct Vector3 {
  double x = 0, y = 0, z = 0;
};

inline Vector3 operator+(const Vector3& a, const Vector3& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vector3 operator-(const Vector3& a, const Vector3& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vector3 operator*(double s, const Vector3& a) { return {s * a.x, s * a.y, s * a.z}; }
inline double dot(const Vector3& a, const Vector3& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double length(const Vector3& a) { return std::sqrt(dot(a, a)); }
inline Vector3 unit(const Vector3& a) { return (1 / length(a)) * a; }

// Three orthogonal unit vectors: of the heart's own axes, or of an image's.
struct Frame {
  Vector3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
  Vector3 to_local(const Vector3& v) const { return {dot(v, x), dot(v, y), dot(v, z)}; }
  Vector3 to_patient(const Vector3& v) const { return v.x * x + v.y * y + v.z * z; }
};

}  // namespace coopseg::phantom
