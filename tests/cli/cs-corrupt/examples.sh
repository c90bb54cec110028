# shellcheck shell=bash
# Every example of the help page works as it stands, in its order.
cs-phantom in.nii.gz seg.nii.gz --size 32 --spacing 5 --slices 3 --log-level error
cs-phantom --out hearts --subjects 1 --size 32 --spacing 5 --slices 3 --log-level error --cases-out test.jsonl
cs-corrupt --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 6
while read -r line; do
  bash -euo pipefail -c "$line" >output 2>messages || fail "$line: $(cat messages)"
done <examples
same_bytes out.nii.gz again.nii.gz
[ -s damage.png ] || fail "no picture"
