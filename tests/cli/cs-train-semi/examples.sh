# shellcheck shell=bash
# Every example of the help page works as it stands, but for the lengths of the trainings and the published patch.
source "$(dirname "$case_file")/setup.bash"
make_data
cp train.jsonl labelled.jsonl
mv validate.jsonl val.jsonl
mv unlabelled.jsonl pool.jsonl
ln -s "$COOPSEG_SOURCE_DIR/share" .
cs-train-semi --help | sed -n '/^Examples:/,/^$/s/^  \(cs-.*\)/\1/p' >examples
equal "$(wc -l <examples)" 4 "(examples)"
sed -i 's/ --max-iterations 1800//; s/$/ --max-iterations 1 --patch 16,16,16 --stride 8,8,8 --batch-size 2/' examples
sed -i 's/ --patch 32,48,32//; /--unlabelled/s/--batch-size 2/&,2/' examples
while read -r example; do
  rm -rf run
  bash -euo pipefail -c "$example" >out 2>err </dev/null || { cat err; fail "$example"; }
  [[ $example = *--plan* ]] || [ -s run/best.safetensors ] || fail "no model of $example"
done <examples
says out '^iterations +1 '
