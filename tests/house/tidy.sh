#!/usr/bin/env bash
# Clang-tidy finds nothing (.clang-tidy says what it looks for) in code without LibTorch.
set -euo pipefail
source_dir=$1 build=$2
tidy=$(command -v clang-tidy-14 || command -v clang-tidy) || { echo "skipped: clang-tidy is not installed"; exit 77; }
[ -s "$build/compile_commands.json" ] || { echo "skipped: no compile_commands.json in $build"; exit 77; }
cd "$source_dir"
find apps lib/coopseg -name '*.cpp' -not -path 'lib/coopseg/network/*' -not -path 'lib/coopseg/training/*' |
  grep -vxF -f <(grep -l '#include <torch\|#include <ATen' apps/*.cpp) | sort |
  xargs -P "$(nproc)" -n 1 "$tidy" --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
    "--extra-arg=-include$source_dir/cmake/itk_with_clang.h" 2>&1 | grep -vE '^[0-9]+ warnings? generated|^$' && exit 1
exit 0
