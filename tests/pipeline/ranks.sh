# shellcheck shell=bash
# Real processes that train one network together: the same bytes with the same number of them, and whatever becomes of
# one of them, all end within a minute with one message, leaving nothing half-written, and --resume ends as if nothing
# had happened.
source "$(dirname "$case_file")/ranks.bash"
make_data
mkdir tmp
export TMPDIR=$PWD/tmp
# The name of the folder of a run tells this test's processes from all others.
# shellcheck disable=SC2009
left() { ps -eo pid,stat,args | grep -F -- "--out $PWD/" | grep -vE "^ *[0-9]+ Z|grep"; }
all_gone() { ! left >/dev/null; }
nothing_is_left() {
  all_gone || fail "$* leaves processes: $(left)"
  [ -z "$(ls tmp)" ] || fail "$* leaves $(ls tmp)"
}
errors() { grep -c 'error:' "$1" || true; }
totals() { sed -nE 's/.*"type":"iteration".*"total":([^,}]*).*/\1/p' "$1/log.jsonl"; }
# near RUN RUN: their first losses are equal but for rounding, which Adam's first steps enlarge.
near() {
  paste <(totals "$1") <(totals "$2") | head -2 | awk '{d = $1 - $2; if (d < 0) d = -d; if (NF != 2 || d > 1e-3 * $1) bad = 1}
    END {exit bad || NR == 0}' || fail "the losses of $1 and $2 differ: $(paste <(totals "$1") <(totals "$2"))"
}

# --- the same training ------------------------------------------------------------------------------------------------
exits 0 "${command[@]}" --out "$PWD/one" --epochs 2
for run in two again; do
  exits 0 "${command[@]}" --out "$PWD/$run" --ranks 2 --epochs 2
  nothing_is_left "--ranks 2"
done
same_run two again
near one two
exits 0 "${command[@]}" --out "$PWD/four" --ranks 4 --epochs 2
near one four
# A list of standard input is read once, one plan is printed.
exits 0 "$trainer" --cases - "${train_options[@]:2}" "${how[@]}" --out "$PWD/piped" --ranks 2 --epochs 2 <train.jsonl
same_bytes two/last.safetensors piped/last.safetensors
exits 0 "${command[@]}" --ranks 2 --plan
equal "$(grep -c '^iterations' stdout)" 1 plans
# Another number of processes goes on.
exits 0 "${command[@]}" --out "$PWD/one" --ranks 2 --epochs 3 --resume
says stderr 'one: goes on after iteration 6'
exits 0 "${command[@]}" --out "$PWD/two" --ranks 1 --epochs 3 --resume
near one two

# --- what becomes of one of them --------------------------------------------------------------------------------------
# ends SIGNAL WHOM STATUS: 0, 1: this process; parent; group: all of them.
ends() {
  local lines=0 pid whom status=0 begun
  [ ! -e broken/log.jsonl ] || lines=$(grep -c '' broken/log.jsonl)
  # A job in the background of a script has SIGINT switched off; env gives it back.
  setsid env --default-signal=INT "${command[@]}" --out "$PWD/broken" --ranks 2 --epochs 1000000 --resume 2>err &
  pid=$!
  wait_until "$pid" has_lines broken/log.jsonl $((lines + 2))
  case $2 in
    parent) whom=$pid ;;
    group) whom=-$pid ;;
    *) whom=$(pgrep -P "$pid" | sort -n | sed -n "$(($2 + 1))p") ;;
  esac
  begun=$SECONDS
  kill "-$1" -- "$whom"
  { wait "$pid" || status=$?; } 2>/dev/null
  equal "$status" "$3" "(exit status after SIG$1 to $2: $(cat err))"
  # Who kills the one that waits for them finds nobody that tells of it.
  until all_gone; do
    [ $((SECONDS - begun)) -lt 60 ] || fail "SIG$1 to $2 leaves processes: $(left)"
    sleep 0.1
  done
  [ $((SECONDS - begun)) -lt 60 ] || fail "SIG$1 to $2: they take more than a minute to end"
  no_leftovers broken
  [ "$1$2" = KILLparent ] || nothing_is_left "SIG$1 to $2"
  rm -rf tmp/*
}
for index in 0 1; do
  ends KILL $index 137
  equal "$(errors err)" 1 "(errors after a kill: $(cat err))"
  says err "error: rank $index of 2 was killed by signal 9; "
done
for how in 'TERM 1 143' 'USR1 0 138' 'TERM parent 143' 'INT group 130'; do
  # shellcheck disable=SC2086
  ends $how
  equal "$(errors err)" 0 "(errors after $how: $(cat err))"
  equal "$(grep -c 'stopped after iteration' err)" 1 "(messages after $how: $(cat err))"
done
ends KILL parent 137
epochs=$(($(grep -c '"type":"epoch"' broken/log.jsonl || true) + 2))
exits 0 "${command[@]}" --out "$PWD/broken" --ranks 2 --epochs "$epochs" --resume
exits 0 "${command[@]}" --out "$PWD/whole" --ranks 2 --epochs "$epochs"
same_run whole broken

# Of a full disk the first process, which writes, tells alone. (A limit on file sizes stands for it.)
status=0
(
  trap '' XFSZ
  ulimit -f 4000
  "${command[@]}" --out "$PWD/full" --ranks 2 --epochs 1 --log-level error 2>err
) || status=$?
equal "$status" 1 "(exit status with a full disk)"
one_line err
says err 'full/state.safetensors'
absent full/state.safetensors
no_leftovers full
nothing_is_left "a full disk"

# --- those that something else has started ----------------------------------------------------------------------------
# starts INDEX OPTION...: as torchrun does, in the background; its errors go to INDEX.err, its status to INDEX.status.
starts() {
  local index=$1
  shift
  (
    status=0
    RANK=$index WORLD_SIZE=2 LOCAL_RANK=$index LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port \
      "${command[@]}" "$@" >"$index.out" 2>"$index.err" || status=$?
    echo "$status" >"$index.status"
  ) &
}
ended() { equal "$(cat 0.status 1.status | tr '\n' ' ')" "$1 " "(statuses: $(cat 0.err 1.err))"; }
both=(--out "$PWD/torchrun" --epochs 2)
port=$(free_port)
starts 1 "${both[@]}"
sleep 2 # late
starts 0 "${both[@]}"
wait
ended "0 0"
says_not 1.err 'cs-train-ftn'
same_bytes again/last.safetensors torchrun/last.safetensors

both=(--out "$PWD/refused" --epochs 2)
port=$(free_port)
starts 0 "${both[@]}"
starts 1 "${both[@]}" --noise 0.1
wait
ended "2 2"
equal "$(cat 0.err 1.err | grep -c 'error:')" 1 "(errors: $(cat 0.err 1.err))"
cat 0.err 1.err >err
says err 'settings/noise is 0.1, .* 0.05;'
absent refused/log.jsonl

export COOPSEG_RANKS_WAIT=2
for index in 0 1; do
  rm -f ./*.status
  port=$(free_port)
  starts $index "${both[@]}"
  wait
  [ "$(cat $index.status)" != 0 ] || fail "process $index goes on alone"
  equal "$(errors $index.err)" 1 "(errors of process $index: $(cat $index.err))"
  says $index.err 'COOPSEG_RANKS_WAIT|MASTER_ADDR'
done
unset COOPSEG_RANKS_WAIT
absent refused/log.jsonl
[ -e /dev/nvidia0 ] || {
  exits 2 "${command[@]}" --out "$PWD/refused" --ranks 2 --device cuda
  one_line stderr
  says stderr 'cuda'
}
nothing_is_left "processes of their own"
