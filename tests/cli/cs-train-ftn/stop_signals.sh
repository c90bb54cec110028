# shellcheck shell=bash
# SIGTERM, SIGUSR1 and SIGINT save the state and stop with 143, 138 and 130; --resume ends as if nothing had happened.
source "$(dirname "$case_file")/setup.bash"
make_data
options=(--seed 4 --save-every 0 --log-every 1)
# A run without an end cannot be over before the signal comes; how long it shall be is said when it goes on.
for signal in TERM:143 USR1:138 INT:130; do
  lines=0
  [ ! -e broken/log.jsonl ] || lines=$(grep -c '' broken/log.jsonl)
  # A job in the background of a script has SIGINT switched off; env gives it back.
  env --default-signal=INT cs-train-ftn --cases train.jsonl --validate validate.jsonl --out broken --crop 32 \
    --batch-size 4 --lr 1e-3 "${options[@]}" --epochs 1000000 --resume 2>err &
  pid=$!
  wait_until "$pid" has_lines broken/log.jsonl $((lines + 1))
  kill "-${signal%:*}" "$pid"
  status=0
  wait "$pid" || status=$?
  equal "$status" "${signal#*:}" "(exit status after SIG${signal%:*})"
  says err 'stopped after iteration'
  [ -s broken/state.safetensors ] || fail "no state was saved"
  no_leftovers broken
done
epochs=$(($(grep -c '"type":"epoch"' broken/log.jsonl || true) + 2))
train broken "${options[@]}" --epochs "$epochs" --resume 2>err
train whole "${options[@]}" --epochs "$epochs" 2>err
same_run whole broken
