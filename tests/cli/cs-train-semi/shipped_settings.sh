# shellcheck shell=bash
# What the shipped files of the left atrium say is what the program does without them.
source "$(dirname "$case_file")/setup.bash"
make_data
make_volume s4 0
{ cat train.jsonl validate.jsonl; a_case s4; } >four.jsonl
cs-train-semi --help-as json | tr -d ' \n' >help
plan() { # FILE OPTIONS...
  cs-train-semi "${@:2}" --cases four.jsonl --patch 16,16,16 --stride 16,16,4 --filters 2 --plan --json 2>err |
    tr -d ' \n' | sed -E 's/.*"settings":(.*),"preprocessing":.*/\1/' >"$1"
}
for method in supervised uamt simcvd; do
  file=$COOPSEG_SOURCE_DIR/share/configs/la-$method.json
  lists=(--unlabelled unlabelled.jsonl)
  [ $method != supervised ] || lists=()
  plan by_file "${lists[@]}" --config "$file"
  plan by_name "${lists[@]}" --method $method
  [ -s by_file ] || fail "no plan of $method: $(cat err)"
  same_bytes by_file by_name
  for option in patch filters; do
    value=$(sed -nE "s/^  \"$option\": \"?([0-9,]*[0-9])\"?,$/\1/p" "$file")
    grep -qE "\"--$option\"\][^}]*\"default\":\"$value\"" help ||
      fail "--$option has another default than $value, as la-$method.json says"
  done
done
