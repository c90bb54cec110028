# shellcheck shell=bash
# Every example of the help page works as it stands, and no action loads LibTorch.
source "$(dirname "$case_file")/setup.bash"
make_run
cs-model --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 6
while read -r line; do
  LD_DEBUG=files LD_DEBUG_OUTPUT=loader bash -euo pipefail -c "$line" >output || fail "$line"
done <examples
cat loader.* >loaded
says loaded 'libcoopseg_model'
says_not loaded 'libtorch'
