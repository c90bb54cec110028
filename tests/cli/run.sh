#!/usr/bin/env bash
# Runs one command-line test: run.sh CASE.sh FOLDER_OF_PROGRAMS
set -euo pipefail
case_file=$(realpath "$1")
export PATH=$2:$PATH
# A make that runs the tests is not the make that a test runs: its variables are not meant for that one.
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL BUILD BIN JOBS NETWORKS CMAKE_FLAGS CTEST_FLAGS
# As many threads on every machine; tests of threads say how many they want.
export COOPSEG_THREADS=${COOPSEG_THREADS:-1}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The folder's name is written into the trap: no variable of a test may decide what is removed.
cd "$(mktemp -d)"
# shellcheck disable=SC2064
trap "chmod -R u+w '$PWD' 2>/dev/null; cd /; rm -rf '$PWD'" EXIT
if [ "${COOPSEG_SANITIZED:-}" ]; then
  # A sanitizer's report fails the test, also where nobody looks at the exit status of the program that it is about.
  reports=$(mktemp -d)
  for options in ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS; do
    export "$options=${!options:-}:log_path=$reports/report"
  done
  # shellcheck disable=SC2064
  trap "found=\$(cat '$reports'/* 2>/dev/null || true); chmod -R u+w '$PWD' 2>/dev/null; cd /; rm -rf '$PWD' '$reports'
        [ ! \"\$found\" ] || { echo \"\$found\" >&2; exit 99; }" EXIT
fi
# shellcheck source=tests/cli/lib.sh
source "$here/lib.sh"
# shellcheck disable=SC1090
source "$case_file"
