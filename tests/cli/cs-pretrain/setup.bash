# The volumes of cs-train-semi, and runs of few iterations.
# shellcheck shell=bash
# shellcheck source=tests/cli/cs-train-semi/setup.bash
source "$(dirname "${BASH_SOURCE[0]}")/../cs-train-semi/setup.bash"
# shellcheck disable=SC2034
trainer=cs-pretrain
# shellcheck disable=SC2034
{
  slices=(--patch "16,16" --filters 2 --batch-size 3)
  volumes=(--patch "16,16,16" --filters 2 --batch-size 2)
}
few=(--max-iterations 2)
# What they say is in said.
global() { cs-pretrain --stage global --cases unlabelled.jsonl "${few[@]}" "$@" 2>said || { cat said >&2; return 2; }; }
local_() { cs-pretrain --stage local --cases train.jsonl "${few[@]}" "$@" 2>said || { cat said >&2; return 2; }; }
