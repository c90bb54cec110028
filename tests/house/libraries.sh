#!/usr/bin/env bash
# No program loads LibTorch at its start, and a program that only reads options loads no GPL library. Checked on what
# the loader would load, libraries of libraries included.
set -euo pipefail
build=$2
shift 2
status=0
for program in "$@"; do
  loaded=$(ldd "$build/bin/$program")
  if grep -E 'not found' <<<"$loaded"; then echo "^ $program"; status=1; fi
  if grep -E 'libtorch|libc10|libopenblas|libfftw|libx264|libgsl' <<<"$loaded"; then
    echo "^ loaded by $program at its start"
    status=1
  fi
  echo "$program: $(wc -l <<<"$loaded") libraries"
done
exit $status
