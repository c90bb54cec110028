# shellcheck shell=bash
# A real SLURM runs the experiment with few labels as job arrays, a stage after another: pre-training and the trainings
# that need no other, then ATSO and local contrast, then what is fine-tuned, then the predictions. ATSO is signalled in
# a generation, as before its limit, is queued again and goes on; all is the same, to the byte, as without SLURM.
for program in munged slurmctld slurmd sbatch; do
  command -v $program >/dev/null || skip "no $program (Debian: munge slurmctld slurmd slurm-client)"
done
source "$(dirname "$case_file")/cluster.bash"
source "$(dirname "$case_file")/small_semi.bash"
place=$PWD
# shellcheck disable=SC2064
trap "stop_cluster; cd /; rm -rf '$place'" EXIT

start_cluster || { cat cluster/log/*; fail "SLURM does not start"; }
rows=(METHODS="supervised atso local-contrast" GENERATIONS=2 ATSO_ITERATIONS=60 TRAINING="--log-every 1")
semi "${rows[@]}" OUT=by-slurm SLURM=1 SHARDS=2 POLL=1 >by-slurm.log 2>&1 &
pid=$!
wait_until "$pid" has_lines by-slurm/run/atso-2-0-0/1/log.jsonl 3
array=$(sed -n 1p by-slurm/slurm/2/jobs)
scancel --signal=USR1 --batch "${array}_0"
wait "$pid" || { cat by-slurm.log by-slurm/slurm/*/*.log; fail "the experiment with SLURM"; }
says by-slurm/slurm/2/cs-train-*_0.log 'stopped by signal 10'
says by-slurm/slurm/2/cs-train-*_0.log 'atso-2-0-0/1: goes on after iteration [1-9]'
# tasks STAGE: trainings that were sent.
tasks() { wc -l <"by-slurm/slurm/$1/trainings.txt"; }
equal "$(tasks 1) $(tasks 2) $(tasks 3)" "2 2 1" "(trainings in each stage)"
equal "$(wc -l <by-slurm/slurm/predictions/jobs)" 2 "jobs of predictions"
says by-slurm.log '^\| local-contrast \|'
# What SLURM has made is not made again, by neither way; one setting more sends what depends on it.
for slurm in 1 0; do
  semi "${rows[@]}" OUT=by-slurm SLURM=$slurm SHARDS=2 -n >plan 2>&1
  says_not plan '^(cs-|bash |env )'
done
semi "${rows[@]}" OUT=by-slurm SLURM=1 SHARDS=2 LOCAL="--max-iterations 5" -n >plan 2>&1
equal "$(grep -c '^bash .*/submit.sh by-slurm/slurm/' plan)" 3 "stages"

# One generation more is a task that goes on.
rows+=(GENERATIONS=3)
runs by-slurm.log semi "${rows[@]}" OUT=by-slurm SLURM=1 SHARDS=2 POLL=1
equal "$(tasks 2)" 1 "(trainings with a generation more)"

runs log semi "${rows[@]}" OUT=plain -j2
# What tells of times, or is of shards, differs.
diff -rq -x slurm -x tasks -x '*-of-2.jsonl' -x log.jsonl -x log.txt -x "*checked*" -x report.html by-slurm plain ||
  fail "SLURM gives other results"

# Rows that are not asked for keep their predictions; asked for again, they are made anew where something has changed.
rows+=(PREDICTION=--largest-component)
runs log semi "${rows[@]}" OUT=by-slurm SLURM=1 SHARDS=2 POLL=1 METHODS=supervised
equal "$(wc -l <by-slurm/slurm/predictions/predictions.txt)" 1 "predictions"
same_bytes by-slurm/predicted/atso-2-0-0/cases.jsonl plain/predicted/atso-2-0-0/cases.jsonl
runs log semi "${rows[@]}" OUT=by-slurm SLURM=1 SHARDS=2 POLL=1
runs log semi "${rows[@]}" OUT=plain
diff -rq -x '*-of-2.jsonl' by-slurm/predicted plain/predicted || fail "SLURM gives other predictions"
