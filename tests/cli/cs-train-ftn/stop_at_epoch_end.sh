# shellcheck shell=bash
# With one batch an epoch every stop falls behind an epoch's last batch, before or in its validation: it goes on, too.
source "$(dirname "$case_file")/setup.bash"
make_data
options=(--crop 32 --batch-size 200 --lr 1e-3 --epochs 12 --seed 4 --save-every 0 --log-every 1)
cs-train-ftn --cases train.jsonl --validate validate.jsonl --out whole "${options[@]}" 2>err
equal "$(grep -c '"type":"epoch"' whole/log.jsonl)" 12 "epochs, a batch each"
equal "$(grep -c '"type":"iteration"' whole/log.jsonl)" 12 "iterations"
for lines in 1 4 9; do
  rm -rf broken
  cs-train-ftn --cases train.jsonl --validate validate.jsonl --out broken "${options[@]}" 2>err &
  pid=$!
  for _ in $(seq 600); do
    written=$(grep -c '' broken/log.jsonl 2>/dev/null) || written=0
    [ "$written" -lt "$lines" ] || break
    sleep 0.01
  done
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  equal "$status" 143 "exit status after SIGTERM"
  cs-train-ftn --cases train.jsonl --validate validate.jsonl --out broken "${options[@]}" --resume 2>err ||
    fail "cannot go on: $(cat err)"
  same_bytes whole/last.safetensors broken/last.safetensors
  same_bytes whole/best.safetensors broken/best.safetensors
done

# A model without its state is no run that has not begun.
rm broken/state.safetensors
exits 2 cs-train-ftn --cases train.jsonl --validate validate.jsonl --out broken "${options[@]}" --resume
says stderr 'holds a model but no state'
[ -s broken/best.safetensors ] || fail "the model is gone"
