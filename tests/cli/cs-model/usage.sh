# shellcheck shell=bash
# What cannot be meant is refused with exit status 2 and one line, before anything is read or written.
refuse() {
  local words=$1
  shift
  exits 2 cs-model "$@"
  one_line stderr
  says stderr "$words"
}
refuse 'ACTION: is missing; one of show, check, diff, import, export'
refuse 'convert: is no action' convert a.safetensors
refuse 'show: needs one model, 0 given' show
refuse 'show: needs one model, 2 given' show a b
refuse 'check: needs a model' check
refuse 'diff: needs two models, 1 given' diff a
refuse '--from-reference: is missing' import -o a
refuse '--out: is missing' import --from-reference d
refuse 'a: was not expected' import a --from-reference d -o b
refuse '--to-reference: is missing' export a
refuse '--crop: means nothing to show; it belongs to import' show --crop 32 a
refuse '--json: means nothing to import' import --json --from-reference d -o b
refuse '--weights: means nothing to show' show --weights a
refuse '--force: means nothing to diff' diff --force a b
refuse 'did you mean --from-reference' import --from-referenc d
equal "$(echo *)" "stderr stdout"
