# shellcheck shell=bash
# Volumes and a method with a teacher, by processes that train together: equal ones give equal bytes, and they validate
# as one would; a stop signal to one of them stops all, and two go on where they were.
source "$(dirname "$case_file")/setup.bash"
make_data
options=(--method simcvd "${small_head[@]}" "${two_streams[@]}" --filters 2 --seed 4 --log-every 1
  --ramp-length 20)
losses() { sed -nE 's/.*"type":"iteration".*"total":([^,]*),.*/\1/p' "$1/log.jsonl"; }
whole() { "$trainer" "${train_options[@]}" "${options[@]}" --max-iterations 6 --validate-every 3 --out "$1" "${@:2}"; }
whole alone 2>err || fail "$(cat err)"
whole two --ranks 2 2>err || fail "$(cat err)"
paste <(losses alone) <(losses two) | head -3 | awk '{d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * $1) exit 1}' ||
  fail "the losses differ: $(paste <(losses alone) <(losses two))"
# Scores of the same volumes, of nearly the same weights.
equal "$(grep -c '"type":"validation"' two/log.jsonl)" 2 "(validations)"
says two/log.jsonl '"cases":\[\{"case":"s3"'

# stops SIGNAL STATUS TARGET: TARGET is "one", a process of two, or "parent".
stops() {
  local pid target children status=0 iterations
  rm -rf broken
  "$trainer" "${train_options[@]}" "${options[@]}" --max-iterations 1000000 --out broken --ranks 2 --save-every 0 \
    2>err &
  pid=$!
  wait_until "$pid" has_lines broken/log.jsonl 3
  children=$(pgrep -P "$pid")
  target=$pid
  if [ "$3" = one ]; then target=$(tail -1 <<<"$children"); fi
  kill "-$1" "$target"
  wait "$pid" || status=$?
  equal "$status" "$2" "exit status after $1 to $3"
  no_processes "$trainer"
  [ ! -d broken ] || no_leftovers broken
}
stops TERM 143 one
equal "$(grep -c 'stopped by signal 15' err)" 1 "($(cat err))"
says err 'stopped after iteration [0-9]+; the same command with --resume goes on'
iterations=$(($(grep -c '"type":"iteration"' broken/log.jsonl) + 2))
"$trainer" "${train_options[@]}" "${options[@]}" --max-iterations $iterations --out broken --ranks 2 --resume 2>err ||
  fail "$(cat err)"
"$trainer" "${train_options[@]}" "${options[@]}" --max-iterations $iterations --out again --ranks 2 2>err ||
  fail "$(cat err)"
same_bytes broken/last.safetensors again/last.safetensors
same_bytes broken/state.safetensors again/state.safetensors
stops USR1 138 parent
equal "$(grep -c 'stopped by signal 10' err)" 1 "($(cat err))"
stops KILL 137 one
one_error=$(grep error err)
equal "$(wc -l <<<"$one_error")" 1 "($(cat err))"
says err 'rank 1 of 2 was killed by signal 9'

# Killed while they start, meet and connect: all end soon, and one line says why.
has_children() { [ "$(pgrep -c -P "$1")" = 2 ]; }
for delay in 0.2 0.6 1; do
  rm -rf broken
  "$trainer" "${train_options[@]}" "${options[@]}" --max-iterations 1000000 --out broken --ranks 2 2>err &
  pid=$!
  wait_until "$pid" has_children "$pid"
  sleep $delay
  begun=$SECONDS status=0
  kill -KILL "$(pgrep -P "$pid" | head -1)"
  wait "$pid" || status=$?
  equal "$status" 137 "exit status of ranks, one of which was killed after $delay s"
  [ $((SECONDS - begun)) -lt 25 ] || fail "they end $((SECONDS - begun)) s after one was killed"
  equal "$(grep -c error err)" 1 "($(cat err))"
  no_processes "$trainer"
  [ ! -d broken ] || no_leftovers broken
done

GLOO_SOCKET_IFNAME=nope exits 2 "$trainer" "${train_options[@]}" "${options[@]}" --out none --ranks 2
one_line stderr
says stderr 'GLOO_SOCKET_IFNAME: no network to connect the ranks by'
exits 2 "$trainer" "${train_options[@]}" "${options[@]}" --out none --ranks 3
one_line stderr
says stderr '--ranks: .*3 .*2 labelled'
absent none
