# Two tiny methods on two test sets: boxes of labels, predictions that are shifted a little or a lot.
# shellcheck shell=bash

# predict METHOD SET SHIFT...: list METHOD-SET.jsonl, one case for each shift of the prediction's LV.
predict() {
  local method=$1 set=$2 number=0 shift_vox
  mkdir -p "$method" reference
  shift 2
  for shift_vox in "$@"; do
    number=$((number + 1))
    local reference=reference/$set$number.nii.gz image=reference/image$set$number.nii.gz
    local prediction=$method/$set$number.nii.gz
    [ -e "$image" ] || make_nifti "$image" 24 24 3 2 2 8 --float box 0.2 0 24 0 24 0 3 box 0.9 6 14 6 14 0 3
    [ -e "$reference" ] || make_nifti "$reference" 24 24 3 2 2 8 box 2 5 15 5 15 0 3 box 1 6 14 6 14 0 3
    make_nifti "$prediction" 24 24 3 2 2 8 box 2 5 15 5 15 0 3 box 1 $((6 + shift_vox)) 14 6 14 0 3
    echo "{\"id\":\"$set$number\",\"frame\":\"ED\",\"image\":\"$image\",\"label\":\"$reference\"," \
      "\"prediction\":\"$prediction\",\"dataset\":\"d\",\"labels\":{\"LV\":1,\"MYO\":2}," \
      "\"prediction_labels\":{\"LV\":1,\"MYO\":2},\"model\":\"best.safetensors\"}"
  done >"$method-$set.jsonl"
}

# score NAME...: lists NAME.scored.jsonl
score() {
  local name
  for name in "$@"; do
    cs-dice --cases "$name.jsonl" --metrics dice,hd95 --cases-out "$name.scored.jsonl" --force >/dev/null
  done
}

# entry METHOD SET NAME [MEMBERS]: a line of a results file.
entry() { echo "{\"method\":\"$1\",\"set\":\"$2\",\"scores\":\"$3.scored.jsonl\"${4:+,$4}}"; }

# Two methods on A and B, scored; results.jsonl names them.
make_results() {
  predict standard A 1 2 3 4 5 2
  predict standard B 3 4 5 6 6
  predict cooperative A 0 1 2 3 4 2
  predict cooperative B 1 2 3 5 4
  local method set
  for method in standard cooperative; do
    for set in A B; do
      score $method-$set
      entry $method $set $method-$set
    done
  done >results.jsonl
}

# A training's run folder, made by hand: its forms are those of share/schemas.
make_run() {
  mkdir -p "$1"
  echo '{"schema":"coopseg.run/1","program":"cs-train-coop","version":"0.1.0","command":["cs-train-coop"],' \
    '"settings":{"method":"cooperative","seed":4},"libraries":{"LibTorch":"1.13.0"}}' >"$1/config.json"
  local i
  for i in 1 2 3 4; do
    echo "{\"type\":\"epoch\",\"epoch\":$i,\"iteration\":$((3 * i)),\"losses\":{\"total\":0.$((9 - i))},\"lr\":1e-3," \
      "\"validation\":{\"mean_iou\":0.$i,\"dice\":{\"LV\":0.$i,\"MYO\":0.$((i + 1))}},\"best\":true}"
  done >"$1/log.jsonl"
}

# The same cases at three severities of an artefact, in both lists of set B.
make_severities() {
  local method severity
  for method in standard cooperative; do
    for severity in 1 2 3; do
      sed "s/\"dataset\"/\"artefact\":\"motion\",\"severity\":$severity,&/" $method-A.jsonl
    done >$method-B.jsonl
    score $method-B
  done
}
