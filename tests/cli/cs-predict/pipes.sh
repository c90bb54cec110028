# shellcheck shell=bash
# Lists come through pipes in their order, with what the next program needs to know; equal runs give equal bytes.
# (Shards: every-program/same_bytes.sh.)
source "$(dirname "$case_file")/setup.bash"
make_hearts
make_model
run() { cs-predict --model model.safetensors --threads 1 --log-level warning "$@"; }
sed 's|"image":"|&hearts/|; s|"label":"|&hearts/|' hearts/cases.jsonl >list.jsonl
run --cases - --out one --cases-out - <list.jsonl 2>messages | tee one.jsonl | cs-dice --cases - >table 2>dice_messages
says table '^phantom001 ED +LV'
says table '^phantom002 ES +RV'
equal "$(grep -o '"id":"[^"]*"' one.jsonl)" "$(grep -o '"id":"[^"]*"' list.jsonl)" "order"
says one.jsonl '"prediction":"one/phantom002/ED_pred.nii.gz"'
says one.jsonl '"prediction_labels":\{"LV":1,"MYO":2,"RV":3\}'
says one.jsonl "\"model_sha256\":\"$(sha256sum model.safetensors | cut -d' ' -f1)\""
says one/cases.jsonl '"prediction":"phantom002/ED_pred.nii.gz"'
says one/cases.jsonl '"image":"../hearts/phantom002/ED_img.nii.gz"'

run --cases hearts/cases.jsonl --out again 2>/dev/null
for file in phantom00{1,2}/E{D,S}_pred.{nii.gz,json}; do same_bytes "one/$file" "again/$file"; done
cp again/cases.jsonl together

# Whoever goes on after an interruption gets the same list and files; what was changed is not believed.
stamp=$(stat -c %Y.%i again/phantom001/ED_pred.nii.gz)
rm again/phantom002/ES_pred.*
exits 0 run --cases hearts/cases.jsonl --out again --skip-existing
same_bytes one/phantom002/ES_pred.nii.gz again/phantom002/ES_pred.nii.gz
equal "$(stat -c %Y.%i again/phantom001/ED_pred.nii.gz)" "$stamp" "written again"
same_bytes together again/cases.jsonl
exits 1 run --cases hearts/cases.jsonl --out again --skip-existing --largest-component
says stderr 'exists'

# A closed pipe ends the program quietly; a full disk does not.
open_closed_pipe
status=0
run --cases hearts/cases.jsonl --out closed --cases-out - 2>messages >&4 || status=$?
equal "$status" 141 "exit status with a closed pipe"
says_not messages 'error'
if [ -w /dev/full ]; then
  status=0
  run --cases hearts/cases.jsonl --out full --cases-out - >/dev/full 2>messages || status=$?
  equal "$status" 1 "exit status with a full standard output"
  says messages 'No space left'
fi
