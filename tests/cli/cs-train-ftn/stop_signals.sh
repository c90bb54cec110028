# shellcheck shell=bash
# SIGTERM, SIGUSR1 and SIGINT save the state and stop with 143, 138 and 130; --resume ends as if nothing had happened.
source "$(dirname "$case_file")/setup.bash"
make_data
options=(--epochs 5 --seed 4 --save-every 0)
train whole "${options[@]}" 2>err
for signal in TERM:143 USR1:138 INT:130; do
  rm -rf broken
  # A job in the background of a script has SIGINT switched off; env gives it back.
  env --default-signal=INT cs-train-ftn --cases train.jsonl --validate validate.jsonl --out broken --crop 32 \
    --batch-size 4 --lr 1e-3 "${options[@]}" --log-every 1 2>err &
  pid=$!
  for _ in $(seq 600); do
    [ ! -s broken/log.jsonl ] || break
    sleep 0.02
  done
  kill "-${signal%:*}" "$pid"
  status=0
  wait "$pid" || status=$?
  equal "$status" "${signal#*:}" "(exit status after SIG${signal%:*})"
  says err 'stopped after iteration'
  [ -s broken/state.safetensors ] || fail "no state was saved"
  no_leftovers broken
  train broken "${options[@]}" --resume 2>err
  same_bytes whole/last.safetensors broken/last.safetensors
  same_bytes whole/best.safetensors broken/best.safetensors
done
