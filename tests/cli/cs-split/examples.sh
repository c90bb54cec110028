# shellcheck shell=bash
# Every example of the help page works as it stands.
mkdir -p $(seq -f 'd/%03g' 1 100)
for i in $(seq -f %03g 1 100); do
  echo "{\"id\":\"patient$i\",\"image\":\"d/$i/img.nii.gz\",\"label\":\"d/$i/seg.nii.gz\",\"site\":\"s${i:2}\"}"
done >acdc.jsonl
cp acdc.jsonl cases.jsonl
cs-split --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 5
while read -r line; do
  bash -euo pipefail -c "$line" 2>messages || fail "$line: $(cat messages)"
done <examples
equal "$(wc -l <folds/0/train.jsonl)" 10
equal "$(wc -l <parts/test.jsonl)" 20
equal "$(grep -c '"split":"test"' divided.jsonl)" 2
equal "$(wc -l <few/labelled.jsonl)" 10
equal "$(cat pool.0.jsonl pool.1.jsonl | wc -l)" 90
