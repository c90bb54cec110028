# shellcheck shell=bash
# Every method trains on one class as on several, opens no label of the unlabelled list, and leaves a model that holds the
# deployed network and nothing else.
source "$(dirname "$case_file")/setup.bash"
make_data
# Labels of the pool: one that nobody writes to, one that is cut, one that is not there.
mkfifo data/u1_seg.nii.gz
head -c 100 data/s1_seg.nii.gz >data/u2_seg.nii.gz
sed -E 's/"labels":\{[^}]*\}/"labels":{"core":1,"ignore":2}/' train.jsonl >one-class.jsonl
for method in supervised mt uamt dtc simcvd cvrl secl duo; do
  options=(--method "$method" --unlabelled unlabelled.jsonl --patch "32,16,16" --filters 2 --max-iterations 2 --log-every 1)
  [ $method != simcvd ] || options+=("${small_head[@]}")
  cs-train-semi --cases one-class.jsonl --out $method "${options[@]}" 2>err || fail "$method: $(cat err)"
  exits 0 cs-model check $method/last.safetensors
  cs-model show --json $method/last.safetensors | grep -E '^      "name": ' >modules
  equal "$(cat modules)" '      "name": "vnet",' "(modules of $method)"
  ! LC_ALL=C grep -aqE '"(teacher|second|critic|queue|[a-z_]*projection)/' $method/last.safetensors ||
    fail "the model of $method holds more than its network"
  tr -d ' \n' <$method/config.json >config
  says config "\"method\":\"$method\",\"parameters\":\{"
  says config '"classes":\{"core":1\}'
  equal "$(grep -c '"type":"iteration"' $method/log.jsonl)" 2 "iterations of $method"
done
# What the log tells of each.
losses() { head -1 "$1/log.jsonl" | sed -E 's/.*"losses":\{([^}]*)\}.*/\1/; s/:[^,]*//g'; }
equal "$(losses supervised)" '"total","cross_entropy","dice"'
equal "$(losses mt)" '"total","cross_entropy","dice","consistency"'
equal "$(losses uamt)" '"total","cross_entropy","dice","consistency"'
equal "$(losses dtc)" '"total","dice","distance","consistency"'
equal "$(losses simcvd)" '"total","cross_entropy","dice","distance","contrast","distillation","consistency"'
equal "$(losses cvrl)" '"total","cross_entropy","dice","elastic","volume","voxel","consistency"'
equal "$(losses secl)" '"total","cross_entropy","dice","contrast"'
equal "$(losses duo)" '"total","cross_entropy","dice","difference","adversarial","critic"'
says duo/log.jsonl '"lr":\{"segmenters":0.01,"critic":5e-05\}'
says uamt/log.jsonl '"ramp":0.0067[0-9]*,"ema_decay":0.0,"uncertainty_threshold":0.52'
says_not dtc/log.jsonl ema_decay
says_not supervised/log.jsonl '"ramp"'
