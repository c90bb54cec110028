# shellcheck shell=bash
# Every example of the help page works as it stands, but for the lengths of the trainings.
source "$(dirname "$case_file")/setup.bash"
make_data
cp train.jsonl labelled.jsonl
mv unlabelled.jsonl pool.jsonl
cs-pretrain --help | sed -n '/^Examples:/,/^$/s/^  \(cs-.*\)/\1/p' >examples
equal "$(wc -l <examples)" 3 "(examples)"
while read -r example; do
  bash -euo pipefail -c "$example --max-iterations 1" >out 2>err </dev/null || { cat err; fail "$example"; }
done <examples
[ -s local/last.safetensors ] || fail "no model"
says out '^iterations +1 '
