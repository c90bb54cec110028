# shellcheck shell=bash
# With one batch an epoch every stop falls behind an epoch's last batch, before or in its validation: it goes on, too.
source "$(dirname "$case_file")/setup.bash"
make_data
options=(--crop 32 --batch-size 200 --lr 1e-3 --seed 4 --save-every 0 --log-every 1)
run() { cs-train-ftn --cases train.jsonl --validate validate.jsonl "${options[@]}" "$@"; }
# A run without an end cannot be over before the signal comes; how long it shall be is said when it goes on.
for more in 1 3 6; do
  lines=0
  [ ! -e broken/log.jsonl ] || lines=$(grep -c '' broken/log.jsonl)
  cs-train-ftn --cases train.jsonl --validate validate.jsonl "${options[@]}" --out broken --epochs 1000000 \
    --resume 2>err &
  pid=$!
  wait_until "$pid" has_lines broken/log.jsonl $((lines + more))
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  equal "$status" 143 "exit status after SIGTERM"
done
epochs=$(($(grep -c '"type":"iteration"' broken/log.jsonl) + 2))
run --out broken --epochs "$epochs" --resume 2>err || fail "cannot go on: $(cat err)"
run --out whole --epochs "$epochs" 2>err
equal "$(grep -c '"type":"epoch"' whole/log.jsonl)" "$epochs" "epochs, a batch each"
equal "$(grep -c '"type":"iteration"' whole/log.jsonl)" "$epochs" "iterations"
same_run whole broken

# A model without its state is no run that has not begun.
rm broken/state.safetensors
exits 2 run --out broken --epochs "$epochs" --resume
says stderr 'holds a model but no state'
[ -s broken/best.safetensors ] || fail "the model is gone"
