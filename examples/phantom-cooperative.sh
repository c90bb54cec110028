#!/usr/bin/env bash
# phantom-cooperative.sh OUT [VARIABLE=VALUE...]: the demo's question with trainings that are long enough to answer it:
# synthetic hearts of scanner A to learn from; new subjects of the scanners A, B and C, and corrupted images, to
# segment. Variables are those of the experiments, as SEEDS="0 1 2" METHODS="standard cooperative".
# Settings: PIPELINES.
set -euo pipefail
make -f "${PIPELINES:-$(dirname "$0")/../share/pipelines}/demo.mk" OUT="$1" TRAIN=6 CROP=64 BATCH=20 LR=1e-3 \
  ITERATIONS=2000 SEEDS="0 1 2" HEARTS="--size 64 --spacing 4.2 --slices 8 --seed 1" "${@:2}"
