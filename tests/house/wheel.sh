#!/usr/bin/env bash
# Builds and tests this checkout with the LibTorch of PyPI's torch wheel, the way most people come by one for a GPU:
#   tests/house/wheel.sh 2.11.0                       needs python3 with pip, and 10 GB in FOLDER
#   tests/house/wheel.sh 2.11.0 FOLDER                without it /var/tmp/coopseg-torch-VERSION
#   tests/house/wheel.sh 2.11.0 FOLDER demo JOBS=1    other arguments of `make -f Makefile.pipelines`
#   SITE=VENV/lib/python3/site-packages ...       the wheel that is there, instead of one of pip's in FOLDER
# The wheel and its NVIDIA libraries (without which a CUDA build does not load, GPU or not) and the build stay in the
# folder for the next time. The log is FOLDER/log.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,8s/^# //p' "$0" >&2; exit 2; }
version=$1 folder=$(realpath -m "${2:-/var/tmp/coopseg-torch-$1}")
shift $(($# > 1 ? 2 : 1))
[ $# -gt 0 ] || set -- test
cd "$(dirname "$0")/../.."
mkdir -p "$folder"
site=${SITE:-$folder/site}
# What an interrupted pip left is not taken for the whole.
[ "${SITE:-}" ] || [ -d "$site" ] || {
  rm -rf "$site.new"
  python3 -m pip install --quiet --target "$site.new" "torch==$version"
  mv "$site.new" "$site"
}
status=0
make -f Makefile.pipelines BUILD="$folder/build" \
  CMAKE_FLAGS="-DCOOPSEG_WERROR=ON -DTorch_DIR=$site/torch/share/cmake/Torch" "$@" 2>&1 | tee "$folder/log" || status=$?
echo "the log: $folder/log"
exit "$status"
