# shellcheck shell=bash
# A real SLURM of two nodes: one training on both of them, by srun and by the batch file. It is signalled as before its
# limit, is queued again and goes on, to the bytes of two processes on one machine. A process that is killed ends the
# job.
for program in munged slurmctld slurmd sbatch srun; do
  command -v $program >/dev/null || skip "no $program (Debian: munge slurmctld slurmd slurm-client)"
done
source "$(dirname "$case_file")/ranks.bash"
place=$PWD
# shellcheck disable=SC2064
trap "stop_cluster; cd /; rm -rf '$place'" EXIT

make_data
start_cluster || { cat cluster/log/*; fail "SLURM does not start"; }
exits 0 "${command[@]}" --out here --ranks 2 --epochs 2
exits 0 srun --nodes=2 --ntasks=2 --time=5 "${command[@]}" --out there --epochs 2
same_run here there
equal "$(grep -c 'goes on\|batches an epoch' stderr)" 1 "(processes that speak: $(cat stderr))"

# submit RUN: as a job of submit.sh on two nodes; until it trains.
submit() {
  mkdir "$1.jobs"
  printf '%s\n' "${command[*]} --out $1 --epochs ${epochs:-1000000} --resume" >"$1.jobs/trainings.txt"
  NODES=2 TRAIN_FLAGS="--time=7 --mem=1G --cpus-per-task=1" POLL=1 \
    bash "$COOPSEG_SOURCE_DIR/share/slurm/submit.sh" "$1.jobs" >"$1.said" 2>&1 &
  pid=$!
  wait_until "$pid" has_lines "$1/log.jsonl" 3
  job=$(cat "$1.jobs/jobs")
}
epochs=60 submit queued
scontrol show job "${job}_0" >told
says told 'NumNodes=2'
scancel --signal=USR1 --batch "${job}_0"
wait "$pid" || { cat queued.jobs/*.log; fail "the training on two nodes"; }
says queued.jobs/*.log 'stopped after iteration'
says queued.jobs/*.log 'goes on after iteration [1-9]'
exits 0 "${command[@]}" --out whole --ranks 2 --epochs 60
same_run whole queued

submit killed
begun=$SECONDS
ids=$(pgrep -f -- "--out killed --epochs" | while read -r id; do
  ! tr '\0' '\n' <"/proc/$id/environ" 2>/dev/null | grep -qx SLURM_PROCID=1 || echo "$id"; done)
# The last one is the program, not who has started it.
kill -KILL "$(tail -1 <<<"$ids")"
status=0
wait "$pid" || status=$?
equal "$status" 1 "(exit status of submit.sh)"
[ $((SECONDS - begun)) -lt 60 ] || fail "a killed process is noticed after more than a minute"
equal "$(grep -c 'cs-train-ftn: error:' killed.jobs/*.log)" 1 "(messages: $(cat killed.jobs/*.log))"
no_leftovers killed
! pgrep -f -- "--out killed --epochs" >left || fail "a process is left: $(cat left)"
