#!/usr/bin/env bash
# slurm-array.sh MODEL CASES OUT: a job array segments the images of a list, a thousand or more, 50 in a task; a job
# behind it joins the parts and scores them. Sent again, it goes on with what is not there yet.
set -euo pipefail
model=$1 cases=$2 out=$3
tasks=${TASKS:-$((($(wc -l <"$cases") + 49) / 50))}
mkdir -p "$out"
array=$(sbatch --parsable --array="0-$((tasks - 1))" --cpus-per-task=2 --time=1:00:00 --output="$out/predict-%a.log" \
  --wrap "cs-predict --model '$model' --cases '$cases' --out '$out' --shard slurm:$tasks --skip-existing")
sbatch --dependency="afterok:$array" --kill-on-invalid-dep=yes --wait --output="$out/summary.txt" --wrap "set -e
  # Each part by its name, so that one that is missing is an error; a single one is the list itself.
  [ $tasks = 1 ] || (cd '$out'
    cat \$(seq -w 0 $((tasks - 1)) | sed 's/.*/cases.&-of-$tasks.jsonl/') >joined
    mv joined cases.jsonl)
  cs-dice --cases '$out/cases.jsonl' --summary --csv '$out/scores.csv' --force"
cat "$out/summary.txt"
