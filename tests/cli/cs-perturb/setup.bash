# The tiny data set of the training tests and a model of its classes whose numbers are a formula's: nothing here asks
# how well it was trained, and no training takes less time.
# shellcheck shell=bash
# shellcheck source=tests/cli/cs-train-ftn/setup.bash
source "$(dirname "$case_file")/../cs-train-ftn/setup.bash"
make_model() {
  golden_model "$(dirname "${BASH_SOURCE[0]}")/../every-program/model-format-1.header" model.safetensors
}
