#!/usr/bin/env bash
# In a build with sanitizers, a program with a fault fails its test: by an exit status that no test expects and, in
# command-line tests, by its report alone. A program without one passes.
set -euo pipefail
root=$1 faulty=$2
fail() { echo "FAILED: $*" >&2; exit 1; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
faults=()
case $COOPSEG_SANITIZED in *address*) faults+=(overrun leak) ;; esac
case $COOPSEG_SANITIZED in *address*undefined*) faults+=(overflow beyond-size) ;; esac
case $COOPSEG_SANITIZED in *thread*) faults+=(race race-in-loop) ;; esac

"$faulty" none || fail "a program without a fault ends with $?"
for fault in "${faults[@]}"; do
  status=0
  "$faulty" "$fault" 2>"$place/report" || status=$?
  [ $status = 99 ] || fail "$fault: exit status $status: $(cat "$place/report")"
done

# The test below looks at nothing that its program leaves.
echo "'$faulty' \$FAULT >/dev/null 2>&1 || true" >"$place/case.sh"
FAULT=none bash "$root/tests/cli/run.sh" "$place/case.sh" /usr/bin || fail "a test without a fault ends with $?"
for fault in "${faults[@]}"; do
  status=0
  FAULT=$fault bash "$root/tests/cli/run.sh" "$place/case.sh" /usr/bin 2>"$place/report" || status=$?
  [ $status = 99 ] || fail "$fault: its test ends with $status: $(cat "$place/report")"
  grep -q 'faulty.cpp' "$place/report" || fail "$fault: the report names no line: $(cat "$place/report")"
  echo "$fault: $(grep -m 1 -E 'ERROR|WARNING' "$place/report")"
done
