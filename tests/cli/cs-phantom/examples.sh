# shellcheck shell=bash
# Every example of the help page works as it stands. Where one leaves size and slices open, they are few here.
cs-phantom --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 3
mkdir tools
cat >tools/cs-phantom <<END
#!/bin/bash
[[ " \$* " == *" --size "* ]] || set -- "\$@" --size 64 --slices 4
exec "$(command -v cs-phantom)" "\$@"
END
chmod +x tools/cs-phantom
PATH=$PWD/tools:$PATH
while read -r example; do
  bash -euo pipefail -c "$example" 2>messages || fail "$example: $(cat messages)"
done <examples
equal "$(wc -l <hearts/cases.jsonl)" 8
[ -s hearts.png ] || fail "no preview"
equal "$(grep -c '"site":"C"' unseen/cases.jsonl)" 20
for kind in img seg; do [ -s ES_$kind.nii.gz ] || fail "no ES_$kind.nii.gz"; done
