# shellcheck shell=bash
# Processes that train together: as many give the same bytes every time, other numbers the same training but for
# rounding; one goes on where two have stopped; what they need is said before anything begins.
source "$(dirname "$case_file")/setup.bash"
make_data
two=(--ranks 2 --seed 5 --log-every 1 "${two_epochs[@]}")
losses() { sed -nE 's/.*"type":"iteration".*"total":([^,]*),.*/\1/p' "$1/log.jsonl"; }
# near A B: the first losses of two runs. Later ones tell of rounding, too, which masks and Adam's first steps enlarge;
# that they agree in double precision is for unit_training.
near() {
  paste <(losses "$1") <(losses "$2") | head -2 | awk '{d = $1 - $2; if (d < 0) d = -d; if (d > 1e-5 * $1) exit 1}' ||
    fail "the losses of $1 and $2 differ: $(paste <(losses "$1") <(losses "$2"))"
}
train first "${two[@]}" 2>err || fail "$(cat err)"
says err ' 1 threads in each of 2 processes$'
equal "$(grep -c 'cs-train-coop: ' err)" "$(grep -vc '^rank' err)" "(messages of one process alone)"
says first/log.jsonl '"ranks":\{"count":2,"sums":[1-9][0-9]*,"megabytes_sent":[0-9.]+,"wait_s":[0-9.e-]+\}'
says first/config.json '"ranks": 2'
train again "${two[@]}" 2>err || fail "$(cat err)"
same_run first again
train alone "${two[@]:2}" 2>err || fail "$(cat err)"
says_not alone/log.jsonl '"ranks"'
equal "$(losses first | wc -l)" 6 "(iterations)"
near alone first
# Four have shares of 2 and 3 of ten images, and the two that end an epoch are everybody's.
train_options=(--cases train.jsonl --validate validate.jsonl --crop 32 --batch-size 10)
train four --ranks 4 "${two[@]:2}" 2>err || fail "$(cat err)"
train four-alone "${two[@]:2}" 2>err || fail "$(cat err)"
near four-alone four

# On its own after two of them: the same training, and the log says so.
train alone "${two[@]:2}" --force 2>err || fail "$(cat err)"
train resumed "${two[@]:0:6}" --epochs 1 2>err || fail "$(cat err)"
train resumed "${two[@]:2}" --resume 2>err || fail "$(cat err)"
says err 'ranks 1 instead of 2: the last digits of the weights will differ'
says err 'goes on after iteration 2'
near alone resumed

train own "${two[@]}" --sync-norm off 2>err || fail "$(cat err)"
if (near alone own) 2>/dev/null; then fail "statistics of each process's own are those of all"; fi
says own/config.json '"sync_norm": false'

exits 0 train none "${two[@]}" --plan --json
says stdout '"ranks": \{'
says stdout '"count": 2'
says stdout '"gain": [0-9.]+'
exits 0 train none "${two[@]}" --plan
says stdout '^processes +2: each sends 10.4 MB an iteration and waits for [0-9]+ % of its time; [0-9.]+ times as fast'
absent none

exits 2 train none --ranks 11
one_line stderr
says stderr '--ranks'
exits 2 train none --ranks 2 --device cuda
one_line stderr
absent none
no_processes cs-train-coop

# Started one by one, as torchrun does: options that differ are named, once.
as_rank() { # INDEX PORT COMMAND...
  RANK=$1 WORLD_SIZE=2 LOCAL_RANK=$1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$2 "${@:3}"
}
port=$(free_port)
as_rank 0 "$port" "$trainer" "${train_options[@]}" --out differs 2>zero &
first=$!
status=0
as_rank 1 "$port" "$trainer" "${train_options[@]}" --out differs --seed 7 2>one || status=$?
equal "$status" 2 "exit status"
status=0
wait $first || status=$?
equal "$status" 2 "exit status of the first"
cat zero one >stderr
says stderr 'rank 1 differs from rank 0: settings/seed is 7, there 0'
equal "$(grep -c error stderr)" 1 "(errors)"
absent differs/log.jsonl

# One that never comes.
port=$(free_port)
COOPSEG_RANKS_WAIT=2 exits 1 as_rank 0 "$port" "$trainer" "${train_options[@]}" --out late
says stderr 'rank 1 of 2 has not come'
absent late

# One that finds a stranger where the first should be.
command -v python3 >/dev/null || skip "no python3, which is the stranger here"
python3 -c 'import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listens", flush=True)
time.sleep(60)' "$port" >stranger &
stranger=$!
wait_until $stranger has_lines stranger 1
COOPSEG_RANKS_WAIT=1 exits 1 as_rank 1 "$port" "$trainer" "${train_options[@]}" --out late
kill $stranger
one_line stderr
says stderr "127.0.0.1:$port: is not rank 0 of this training"
