# shellcheck shell=bash
# Every example of the help page works as it stands, on hearts made for it.
command -v cs-phantom >/dev/null || skip "cs-phantom is not built"
cs-phantom --help >help
cs-phantom --out hearts --subjects 2 --cases-out hearts.jsonl >made 2>&1 || { cat made; fail "cs-phantom"; }
cp hearts.jsonl cases.jsonl
cs-split --cases hearts.jsonl --train 1 --test 1 --out . 2>messages || fail "$(cat messages)"
image=$(find hearts -name 'ED_img.nii.gz' | sort | head -1)
cp "$image" ED_img.nii.gz
cp "${image/_img/_seg}" ED_seg.nii.gz
cs-check --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 3
while read -r line; do
  bash -euo pipefail -c "$line" >output 2>messages || { cat output; fail "$line: $(cat messages)"; }
done <examples
says report.jsonl '"verdict":"ok"'
