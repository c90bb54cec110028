#!/usr/bin/env bash
# Shell scripts pass shellcheck.
set -euo pipefail
cd "$1"
command -v shellcheck >/dev/null || { echo "skipped: shellcheck is not installed"; exit 77; }
mapfile -t scripts < <(find examples share tests .ci -name '*.sh' -o -name '*.bash' -o -name '*.sbatch' -o -path .ci/run)
shellcheck -x "${scripts[@]}" -e SC1091,SC2154
