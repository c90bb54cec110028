#include "coopseg/training/losses/local_contrast.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "coopseg/dataset/class_index.h"
#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/contrast.h"

namespace coopseg::training {
namespace {

constexpr std::int64_t kLeastRows = 64;  // of anchors at once: products of fewer read all keys for too little

// Held at once: what stays in a processor's cache, and what keeps a GPU busy.
std::int64_t similarities_at_once(const at::Tensor& of) { return std::int64_t{1} << (of.is_cpu() ? 19 : 24); }

// Positions of one tile, as Order has them: first those that are keys alone, then the anchors, class by class.
struct Tile {
  std::int64_t first = 0, count = 0;
  std::vector<std::int64_t> classes;  // how many anchors each has
};

// Which positions of [images, X, Y, Z] take part, tile by tile. Tiles without an anchor have no place in it.
struct Order {
  std::vector<std::int64_t> positions;
  std::vector<Tile> tiles;
};

using Box = std::array<std::array<std::int64_t, 2>, 3>;  // of X, Y, Z: from, to

class Tiling {
 public:
  // Labels [images, X, Y, Z], on the processor and contiguous.
  Tiling(const at::Tensor& labels, std::int64_t block)
      : labels_(labels.data_ptr<std::int64_t>()), images_(labels.size(0)), block_(block) {
    for (std::size_t axis = 0; axis < 3; ++axis) sides_[axis] = labels.size(static_cast<std::int64_t>(axis) + 1);
  }

  Order order() const {
    Order order;
    const auto step = [&](std::size_t axis) { return block_ == 0 ? sides_[axis] : std::min(block_, sides_[axis]); };
    for (std::int64_t x = 0; x < sides_[0]; x += step(0)) {
      for (std::int64_t y = 0; y < sides_[1]; y += step(1)) {
        for (std::int64_t z = 0; z < sides_[2]; z += step(2)) {
          add({{{x, std::min(x + step(0), sides_[0])},
                {y, std::min(y + step(1), sides_[1])},
                {z, std::min(z + step(2), sides_[2])}}},
              order);
        }
      }
    }
    return order;
  }

 private:
  void add(const Box& box, Order& order) const {
    std::map<std::int64_t, std::vector<std::int64_t>> of_label;
    for (std::int64_t image = 0; image < images_; ++image) {
      for (std::int64_t x = box[0][0]; x < box[0][1]; ++x) {
        for (std::int64_t y = box[1][0]; y < box[1][1]; ++y) {
          const std::int64_t row = ((image * sides_[0] + x) * sides_[1] + y) * sides_[2];
          for (std::int64_t p = row + box[2][0]; p < row + box[2][1]; ++p)
            if (labels_[p] != dataset::kIgnoredLabel) of_label[labels_[p]].push_back(p);
        }
      }
    }
    const auto are_anchors = [](const auto& named) { return named.first != 0 && named.second.size() > 1; };
    if (std::none_of(of_label.begin(), of_label.end(), are_anchors)) return;
    Tile tile;
    tile.first = static_cast<std::int64_t>(order.positions.size());
    for (const bool anchors : {false, true}) {
      for (const auto& named : of_label) {
        if (are_anchors(named) != anchors) continue;
        order.positions.insert(order.positions.end(), named.second.begin(), named.second.end());
        if (anchors) tile.classes.push_back(static_cast<std::int64_t>(named.second.size()));
      }
    }
    tile.count = static_cast<std::int64_t>(order.positions.size()) - tile.first;
    order.tiles.push_back(std::move(tile));
  }

  const std::int64_t* labels_;
  std::int64_t images_, block_;
  std::array<std::int64_t, 3> sides_{};
};

// Deals pieces of work out to the processes that train together.
class Turns {
 public:
  Turns()
      : index_(network::group() ? network::group()->index() : 0),
        count_(network::group() ? network::group()->count() : 1) {}
  bool next_is_own() { return next_++ % count_ == index_; }

 private:
  std::size_t index_, count_, next_ = 0;
};

// The loss of one tile of unit vectors [n, C], as a constant; its gradient, times `weight`, goes to `gradient` [n, C],
// which is 0 before. Of both what this process has its turn for.
at::Tensor contrast_of_tile(const at::Tensor& vectors, const Tile& tile, double tau, double weight, at::Tensor gradient,
                            Turns& turns) {
  std::int64_t anchors = 0;
  for (const std::int64_t members : tile.classes) anchors += members;
  const double share = 1 / static_cast<double>(anchors);
  at::Tensor loss = at::zeros({}, vectors.options());

  // Of a class with the sum S: an anchor f has f . (S - f) / (members - 1) as the mean of its positives.
  std::int64_t first = tile.count - anchors;
  for (const std::int64_t members : tile.classes) {
    const std::int64_t begin = std::exchange(first, first + members);
    if (!turns.next_is_own()) continue;
    const at::Tensor own = vectors.narrow(0, begin, members), rest = own.sum(0, /*keepdim=*/true) - own;
    const double of_each = share / (tau * static_cast<double>(members - 1));
    loss -= of_each * (own * rest).sum();
    gradient.narrow(0, begin, members).sub_(rest, 2 * of_each * weight);
  }

  const std::int64_t rows = std::max(kLeastRows, similarities_at_once(vectors) / tile.count);
  for (std::int64_t from = tile.count - anchors; from < tile.count; from += rows) {
    if (!turns.next_is_own()) continue;
    const std::int64_t count = std::min(rows, tile.count - from);
    const at::Tensor some = vectors.narrow(0, from, count);
    at::Tensor terms = at::mm(some / tau, vectors.t());
    terms.diagonal(from).fill_(-std::numeric_limits<double>::infinity());  // nobody is a key of his own
    const at::Tensor greatest = terms.amax({1}, /*keepdim=*/true);
    terms.sub_(greatest).exp_();
    const at::Tensor sums = terms.sum(1, /*keepdim=*/true);
    loss += share * (greatest + sums.log()).sum();
    const double factor = share * weight / tau;
    gradient.narrow(0, from, count).add_(at::mm(terms, vectors).div_(sums), factor);
    gradient.addmm_(terms.t(), some / sums, /*beta=*/1, /*alpha=*/factor);
  }
  return loss;
}

}  // namespace

at::Tensor strided(const at::Tensor& images, std::int64_t first, std::size_t stride) {
  at::Tensor kept = images;
  for (std::int64_t axis = first; axis < images.dim(); ++axis)
    kept = kept.slice(axis, 0, images.size(axis), static_cast<std::int64_t>(stride));
  return kept;
}

LocalContrastLoss supervised_local_contrast(const at::Tensor& features, const at::Tensor& labels,
                                            const LocalContrast& how) {
  at::Tensor where = strided(labels, 1, how.stride);
  if (where.dim() == 3) where = where.unsqueeze(1);
  where = where.to(at::kCPU).contiguous();
  const Order order = Tiling(where, static_cast<std::int64_t>(how.block)).order();
  const at::ScalarType type = features.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  if (order.tiles.empty()) return {0 * features.sum().to(type), false};

  const at::Tensor kept = strided(features, 2, how.stride);
  const at::Tensor places = at::tensor(order.positions, at::kLong).to(features.device());
  const at::Tensor vectors =
      normalised(kept.movedim(1, -1).reshape({-1, features.size(1)}).index_select(0, places).to(type), 1);
  const at::Tensor given = vectors.detach();
  at::Tensor value, gradient;
  {
    const at::NoGradGuard constants;
    value = at::zeros({}, given.options());
    gradient = at::zeros_like(given);
    const double weight = 1 / static_cast<double>(order.tiles.size());
    Turns turns;
    for (const Tile& tile : order.tiles) {
      const auto part = [&](const at::Tensor& of) { return of.narrow(0, tile.first, tile.count); };
      value += weight * contrast_of_tile(part(given), tile, how.tau, weight, part(gradient), turns);
    }
    value = network::summed(value);
    gradient = network::summed(gradient);
  }
  return {value + ((vectors - given) * gradient).sum(), true};
}

}  // namespace coopseg::training
