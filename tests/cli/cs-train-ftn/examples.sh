# shellcheck shell=bash
# Every example of the help page works as it stands.
source "$(dirname "$case_file")/setup.bash"
make_data
mv validate.jsonl val.jsonl
cs-train-ftn --help | sed -n '/^Examples:/,/^$/s/^  \(cs-.*\)/\1/p' >examples
equal "$(wc -l <examples)" 3 "(examples)"
while read -r example; do
  bash -euo pipefail -c "$example" >out 2>err </dev/null || { cat err; fail "$example"; }
done <examples
[ -s run/best.safetensors ] || fail "no model"
[ -s bias/best.safetensors ] || fail "no model of adversarial bias fields"
says out '^iterations +600 '
