#!/usr/bin/env bash
# many-trainings.sh OUT TRAIN VALIDATE [OPTION...]: several methods and seeds on one machine, some at a time, without
# SLURM. A line of trainings.txt is a run folder and options of cs-train-coop; GNU parallel takes them, too.
# Settings: METHODS, SEEDS, JOBS. Stopped and started again, each training goes on where it was.
set -euo pipefail
out=$1 train=$2 validate=$3
mkdir -p "$out"
for method in ${METHODS:-standard cooperative}; do
  for seed in ${SEEDS:-0 1 2}; do
    echo "$out/$method-$seed --method $method --seed $seed --cases $train --validate $validate ${*:4}"
  done
done >"$out/trainings.txt"
xargs -P "${JOBS:-2}" -L 1 cs-train-coop --threads "${THREADS:-1}" --resume --out <"$out/trainings.txt"
