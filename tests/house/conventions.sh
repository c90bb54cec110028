#!/usr/bin/env bash
# What every program does alike: help, version, unknown options, JSON description, exit statuses.
set -euo pipefail
build=$2
shift 2
fail() { echo "FAILED: $*" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

for name in "$@"; do
  program=$build/bin/$name
  "$program" --help >help 2>errors || fail "$name --help ends with $?"
  [ ! -s errors ] || fail "$name --help writes to standard error"
  head -1 help | grep -q "^$name: " || fail "$name --help does not begin with its purpose"
  for heading in 'Usage:' 'Examples:' 'Common options:' 'Exit status:'; do
    grep -q "^$heading" help || fail "$name --help has no $heading"
  done
  [ "$(sed -n '/^Examples:/,/^$/p' help | grep -c "^  [^ ]")" -ge 2 ] || fail "$name --help has fewer than two examples"
  for option in --help --version --threads --log-level --config; do
    grep -q -- "$option" help || fail "$name has no $option"
  done
  [ "$("$program" --version | wc -l)" = 1 ] || fail "$name --version is not one line"
  "$program" --version | grep -Eq "^$name \(CoopSeg\) [0-9]+\.[0-9]+\.[0-9]+$" || fail "$name --version"
  "$program" --version --log-level debug | grep -q '^compiler ' || fail "$name --version --log-level debug"

  status=0; "$program" --no-such-option 2>errors >out || status=$?
  [ $status = 2 ] || fail "$name --no-such-option ends with $status, expected 2"
  grep -q "^$name: error: --no-such-option: no such option" errors || fail "$name does not name the unknown option"
  [ ! -s out ] || fail "$name writes its error to standard output"
  status=0; "$program" --threads many 2>/dev/null || status=$?
  [ $status = 2 ] || fail "$name --threads many ends with $status"
  status=0; "$program" 2>errors >out </dev/null || status=$?
  [ $status = 2 ] || fail "$name without arguments ends with $status, expected 2"
  status=0; "$program" --config no-such-file 2>errors || status=$?
  [ $status = 2 ] || fail "$name --config no-such-file ends with $status"
  echo '{"no-such-option": 1}' >config.json
  status=0; "$program" --config config.json 2>errors || status=$?
  [ $status = 2 ] || fail "$name takes an unknown option from --config"
  grep -q 'no-such-option' errors || fail "$name does not name the unknown option of --config"
  if grep -q -- '^  --cases ' help; then
    out=(); if grep -q -- '--out DIR' help; then out=(--out made); fi
    status=0; "$program" --cases no-such-list.jsonl "${out[@]}" 2>errors || status=$?
    [ $status = 2 ] || fail "$name --cases no-such-list.jsonl ends with $status: $(cat errors)"
    grep -q no-such-list.jsonl errors || fail "$name does not name the list that is missing: $(cat errors)"
    status=0; : | "$program" --cases - 2>errors || status=$?
    [ $status = 2 ] || fail "$name with an empty list ends with $status: $(cat errors)"
  fi
  if [ -w /dev/full ]; then
    status=0; "$program" --help >/dev/full 2>/dev/null || status=$?
    [ $status = 1 ] || fail "$name --help >/dev/full ends with $status"
  fi
  "$program" --help-as json >description.json
  if command -v python3 >/dev/null; then python3 -m json.tool description.json >/dev/null || fail "$name JSON"; fi
  bash -n <("$program" --help-as bash) || fail "$name: its completion is no bash"
done
