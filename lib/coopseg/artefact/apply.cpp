#include "coopseg/artefact/apply.h"

namespace coopseg::artefact {

namespace {

image::Image run(const image::Image& x, const BiasField& p, Dialect d) { return apply_bias_field(x, p, d); }
image::Image run(const image::Image& x, const Ghosting& p, Dialect d) { return apply_ghosting(x, p, d); }
image::Image run(const image::Image& x, const Spike& p, Dialect d) { return apply_spike(x, p, d); }
image::Image run(const image::Image& x, const Motion& p, Dialect d) {
  return d == Dialect::physical ? apply_slice_motion(x, p) : apply_motion(x, p, d);
}

}  // namespace

image::Image apply(const image::Image& image, const Artefact& artefact) {
  return std::visit([&](const auto& p) { return run(image, p, artefact.dialect); }, artefact.parameters);
}

}  // namespace coopseg::artefact
