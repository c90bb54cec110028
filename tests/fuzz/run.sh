#!/usr/bin/env bash
# Runs fuzz targets, each for some seconds, on a copy of their corpus: run.sh BUILD SECONDS [TARGET ...]
# Ends at the first input that breaks a target; it is kept in BUILD/fuzz/TARGET. New inputs that reach new code stand in
# BUILD/fuzz/TARGET/corpus.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: run.sh BUILD SECONDS [TARGET ...]" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd) seconds=$2
shift 2
# Readers want files; in memory they cost the least.
if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
[ $# -gt 0 ] || set -- nifti cases parameters config safetensors torch_file info_cfg csv
for target in "$@"; do
  work=$build/fuzz/$target
  mkdir -p "$work/corpus"
  echo "== $target: $seconds s"
  # 64 MB at a time are what an input of 64 KB may ask for; the whole process, sanitizers included, has less than 1 GB.
  # Programs write messages to descriptors 1 and 2, which are closed (3); the fuzzer keeps its own. The timeout is by
  # the clock on the wall, so a busy machine needs a long one.
  "$build/tests/fuzz_$target" -max_total_time="$seconds" -max_len=65536 -timeout=120 -rss_limit_mb=1024 \
    -malloc_limit_mb=64 -print_final_stats=1 -close_fd_mask=3 -artifact_prefix="$work/" \
    "$work/corpus" "$here/corpus/$target" 2>"$work/log" || { tail -40 "$work/log"; exit 1; }
  grep -E 'DONE|stat::' "$work/log" | tail -6
done
