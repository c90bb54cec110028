#!/usr/bin/env bash
# Command-line tests remove their own folder and nothing else, whatever variables they set.
set -euo pipefail
root=$1
fail() { echo "FAILED: $*" >&2; exit 1; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/precious" "$place/tmp"
touch "$place/precious/data"
cat >"$place/case.sh" <<END
for folder in "$place/precious" "$place"/precious/; do :; done
here=$place/precious case_file=$place/precious dir=$place/precious
touch mine
pwd >"$place/where"
cd "$place/precious"
END
TMPDIR=$place/tmp bash "$root/tests/cli/run.sh" "$place/case.sh" /usr/bin
[ -e "$place/precious/data" ] || fail "a test removed what is not its own"
[ ! -e "$(cat "$place/where")" ] || fail "a test left its folder behind"
[ -z "$(ls "$place/tmp")" ] || fail "left behind: $(ls "$place/tmp")"
