#!/usr/bin/env bash
# Man pages are in step with the programs (they are made by them), have prose of their own, and pass mandoc's lint.
set -euo pipefail
source_dir=$1 build=$2
shift 2
status=0
for program in "$@"; do
  page=$build/man/$program.1
  [ -s "$page" ] || { echo "no man page of $program"; exit 1; }
  [ -s "$source_dir/man/$program.roff" ] || { echo "no prose for $program"; status=1; }
  grep -q '^\.SH DESCRIPTION' "$page" || { echo "$page has no DESCRIPTION"; status=1; }
  while read -r option; do
    grep -qF -- "${option//-/\\-}" "$page" || { echo "$page does not name $option"; status=1; }
  done < <("$build/bin/$program" --help-as json | grep -oE '"--[a-z0-9-]+"' | tr -d '"' | sort -u)
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$page" || { echo "^ $page"; status=1; }
  fi
done
command -v mandoc >/dev/null || echo "mandoc is not installed: pages were not linted"
exit $status
