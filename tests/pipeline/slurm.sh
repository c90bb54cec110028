# shellcheck shell=bash
# A real SLURM runs the paper's experiment on made-up ACDC and M&Ms folders as job arrays. A training is signalled, as
# before its limit, is queued again and goes on; everything is the same, to the byte, as without SLURM.
for program in munged slurmctld slurmd sbatch; do
  command -v $program >/dev/null || skip "no $program (Debian: munge slurmctld slurmd slurm-client)"
done
source "$(dirname "$case_file")/cluster.bash"
source "$(dirname "$case_file")/small_experiment.bash"
place=$PWD
# shellcheck disable=SC2064
trap "stop_cluster; cd /; rm -rf '$place'" EXIT

small_data
start_cluster || { cat cluster/log/*; fail "SLURM does not start"; }
settings=(ITERATIONS=80 TRAINING="--log-every 1")
training=cooperative-0-0

experiment "${settings[@]}" OUT=by-slurm SLURM=1 SHARDS=2 POLL=1 \
  PARTITION=main TRAIN_FLAGS="--time=7" >by-slurm.log 2>&1 &
pid=$!
wait_until "$pid" has_lines by-slurm/run/$training/log.jsonl 5
array=$(sed -n 3p by-slurm/slurm/jobs)
scancel --signal=USR1 --batch "${array}_1"
scontrol show job "${array}_1" >told
says told "TimeLimit=00:07:00"
says told "Partition=main"
wait "$pid" || { cat by-slurm.log by-slurm/slurm/*.log; fail "the experiment with SLURM"; }
says by-slurm/slurm/cs-train-*_1.log 'stopped by signal 10'
says by-slurm/slurm/cs-train-*_1.log "$training: goes on after iteration [1-9]"
equal "$(wc -l <by-slurm/slurm/jobs)" 5 "jobs"

equal "$(find by-slurm/predicted -name '*_pred.nii.gz' | wc -l)" $((2 * 2 * (4 + 16 + 4))) "predictions"
# What SLURM has made is not made again, by neither way.
for slurm in 1 0; do
  experiment "${settings[@]}" OUT=by-slurm SLURM=$slurm SHARDS=2 -n >plan 2>&1
  says_not plan '^(cs-|bash )'
done

# The method whose training was stopped, without SLURM; the other's row leaves the table.
one=(METHODS=cooperative "${settings[@]}")
runs plain.log experiment "${one[@]}" OUT=plain
runs log experiment "${one[@]}" OUT=by-slurm
says_not by-slurm/log.txt '^cs-(train|predict|corrupt)'
# What tells of times, or is of shards, differs.
diff -rq -x slurm -x tasks -x '*-of-2.jsonl' -x log.jsonl -x log.txt -x "*.checked" -x report.html -x 'standard-0-0' \
  by-slurm plain || fail "SLURM gives other results"
# A list that is missing is made, but not for the rows of others.
rm by-slurm/predicted/standard-0-0/ftn/clean/cases.jsonl
experiment "${one[@]}" OUT=by-slurm SLURM=1 SHARDS=2 -n >plan 2>&1
says_not plan 'submit.sh'
experiment "${settings[@]}" OUT=by-slurm SLURM=1 SHARDS=2 -n >plan 2>&1
says plan '^bash .*/submit.sh by-slurm/slurm'
says plan '^rm -f .*by-slurm/predicted/standard-0-0/ftn/clean/cases'

# Without anything to train, the corrupted sets alone.
runs log experiment OUT=sets SLURM=1 SHARDS=2 POLL=1 acdc-c
diff -rq -x '*-of-*' sets/corrupted plain/corrupted || fail "SLURM gives other sets"
equal "$(wc -l <sets/slurm/jobs)" 2 "jobs"

# A task that fails: the jobs behind it do not run, and the experiment says which task it was.
mv plain/corrupted/cases.jsonl kept
cat >failing.txt <<'END'
nowhere --cases absent.jsonl
END
mkdir broken
cp failing.txt broken/corruptions.txt
cp failing.txt broken/predictions.txt
exits 1 env SHARDS=1 POLL=1 bash "$COOPSEG_SOURCE_DIR/share/slurm/submit.sh" broken
says stderr 'task 0 of corruptions.txt has not succeeded'
says stderr 'task 0 of predictions.txt has not succeeded'
says broken/cs-corrupt-*.log 'absent.jsonl'

# What the cluster does not have is refused by sbatch, and nothing goes on.
exits 1 env GPU=1 SHARDS=1 bash "$COOPSEG_SOURCE_DIR/share/slurm/submit.sh" broken
says stderr 'sbatch: error'
exits 1 env PARTITION=none SHARDS=1 bash "$COOPSEG_SOURCE_DIR/share/slurm/submit.sh" broken
says stderr 'sbatch: error.*partition'

# The example of an array.
mv kept plain/corrupted/cases.jsonl
runs log env TASKS=3 bash "$COOPSEG_SOURCE_DIR/examples/slurm-array.sh" plain/run/$training/best.safetensors \
  plain/corrupted/cases.jsonl array
says log 'LV +dice '
equal "$(wc -l <array/cases.jsonl)" 16
