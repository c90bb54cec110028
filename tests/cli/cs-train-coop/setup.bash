# The tiny data set of the training tests, for cooperative training.
# shellcheck shell=bash
trainer=cs-train-coop
# shellcheck source=tests/cli/cs-train-ftn/setup.bash
source "$(dirname "$case_file")/../cs-train-ftn/setup.bash"
