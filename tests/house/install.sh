#!/usr/bin/env bash
# What is installed works from its new place: programs find their libraries and data, nothing points into the build.
set -euo pipefail
build=$2
shift 2
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build" --prefix "$prefix/usr" >/dev/null
bin=$prefix/usr/bin
for program in "$@"; do
  "$bin/$program" --version >/dev/null
  [ -s "$prefix/usr/share/man/man1/$program.1" ] || { echo "no man page of $program"; exit 1; }
  [ -s "$prefix/usr/share/bash-completion/completions/$program" ] || { echo "no completion of $program"; exit 1; }
  if ldd "$bin/$program" | grep "$build"; then echo "^ $program loads a library of the build folder"; exit 1; fi
done
[ -s "$prefix/usr/share/doc/coopseg/docs/installing.md" ] || { echo "no pages of docs/"; exit 1; }
"$bin/cs-split" --list-policies >"$prefix/policies"
grep -q acdc-few-shot-N "$prefix/policies" || { echo "cs-split does not find its policies"; exit 1; }

# So does cs-report its charts.
cd "$prefix"
echo '{"id":"a","image":"a.nii.gz","metrics":{"LV":{"dice":1}}}' >scored.jsonl
"$bin/cs-report" --scores m:A=scored.jsonl --out page.html --log-level error
grep -q 'const vega = ' page.html || { echo "the installed cs-report has no charts"; exit 1; }

case " $* " in *" cs-train-ftn "*) ;; *) exit 0 ;; esac # a build without networks
# The network part is found beside the other libraries.
"$bin/cs-phantom" --out hearts --subjects 2 --sites 1 --size 32 --spacing 8 --slices 2 --frames ED --log-level error
"$bin/cs-train-ftn" --cases hearts/cases.jsonl --out run --crop 32 --epochs 1 --batch-size 2 --log-level error
[ -s run/last.safetensors ] || { echo "the installed cs-train-ftn wrote no model"; exit 1; }
# So is what writes ONNX files.
"$bin/cs-model" export --to onnx run/last.safetensors last.onnx --log-level error
[ -s last.onnx ] || { echo "the installed cs-model wrote no ONNX file"; exit 1; }
