#!/usr/bin/env bash
# Clang-tidy finds nothing (.clang-tidy says what it looks for) in code without LibTorch: tidy.sh SOURCE BUILD [FILE ...]
set -euo pipefail
source_dir=$1 build=$2
shift 2
tidy=$(command -v clang-tidy-14 || command -v clang-tidy) || { echo "skipped: clang-tidy is not installed"; exit 77; }
[ -s "$build/compile_commands.json" ] || { echo "skipped: no compile_commands.json in $build"; exit 77; }
cd "$source_dir"
if [ $# -eq 0 ]; then
  mapfile -t files < <(find apps lib/coopseg -name '*.cpp' -not -path '*/network/*' -not -path '*/training/*' | sort)
  set -- "${files[@]}"
fi
# Debian's ITK takes no compiler but the one that built it; see the header.
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 "$tidy" --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
  "--extra-arg=-include$source_dir/cmake/itk_with_clang.h"
