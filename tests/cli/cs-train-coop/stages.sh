# shellcheck shell=bash
# Both stages are validated and logged, one of them selects; what is validated and written has the slow-thinking
# network's batch norms measured anew, which does not change the training.
source "$(dirname "$case_file")/setup.bash"
make_data
train run --epochs 2 2>err
says run/log.jsonl '"stage":"stn","stages":\{"ftn":\{"mean_iou":[0-9.]+,"iou".*"stn":\{"mean_iou".*"stn_of_labels":\{'
says run/config.json '"calibrate_norms": 5'
cs-model show run/best.safetensors --json >shown
says shown '"calibrate_norms": 5'
says shown '"stages"'

train plain --epochs 2 --calibrate-norms 0 2>err
says_not plain/config.json 'calibrate_norms'
# tensors_of A B: names of tensors that differ
tensors_of() { { cs-model diff --weights "$1" "$2" || true; } | sed -nE 's/^([a-z_]+\/[^ :]+): .*/\1/p'; }
tensors_of run/last.safetensors plain/last.safetensors >differ
says differ '^shape_encoder/inc\.1\.running_mean$'
equal "$(grep -vcE '^shape_(en|de)coder/.*\.running_(mean|var)$' differ)" 0 "(tensors that the measurement changes)"
losses_of() { grep -oE '"losses":\{[^}]*\}' "$1/log.jsonl"; }
equal "$(losses_of run)" "$(losses_of plain)" "(losses)"

train fast --epochs 2 --select ftn 2>err
says fast/log.jsonl '"stage":"ftn"'
says fast/config.json '"select": "ftn"'
same_bytes <(tensors_of fast/last.safetensors run/last.safetensors) /dev/null
train better --epochs 1 --select best 2>err
# better_stage LOG: the stage of the greater score, and the one that is said to select
scores='.*"stage":"\(...\)","stages":{"ftn":{"mean_iou":\([0-9.]*\).*"stn":{"mean_iou":\([0-9.]*\),"iou".*'
read -r said ftn stn < <(sed -n "s/$scores/\1 \2 \3/p" better/log.jsonl)
equal "$said" "$(awk -v f="$ftn" -v s="$stn" 'BEGIN { print (s > f) ? "stn" : "ftn" }')" "(the better stage)"

# It is about a validation.
exits 2 cs-train-coop --cases train.jsonl --crop 32 --out none --select ftn
says stderr '--select: .*--validate'
absent none
