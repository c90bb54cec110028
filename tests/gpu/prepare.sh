#!/usr/bin/env bash
# Packs in one folder, of 60 MB at most, what tests/gpu/run.sh needs on a machine that has PyTorch and a GPU and nothing
# else: programs, tests and benchmarks, built with the LibTorch of PyPI's torch wheel; Debian's libraries that they load
# beside LibTorch; golden numbers, where COOPSEG_GOLDEN_DIR names them.
#   tests/gpu/prepare.sh FOLDER                      installs the wheel first, 6 GB in $WORK
#   tests/gpu/prepare.sh --python PYTHON FOLDER      the wheel that this interpreter has
#   tests/gpu/prepare.sh --wheel SITE FOLDER         the wheel in a folder of Python packages
# The build stays in WORK/build for the next time; WORK is /var/tmp/coopseg-torch-VERSION unless it says otherwise. All
# other tests with that LibTorch: tests/house/wheel.sh VERSION WORK.
set -euo pipefail
version=2.11.0 site='' most_mb=60
usage() { sed -n '2,9s/^# //p' "$0" >&2; exit 2; }
while [[ ${1:-} = --* ]]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --python) site=$(dirname "$(dirname "$("$2" -c 'import torch; print(torch.__file__)')")") ;;
    --wheel) site=$(realpath "$2") ;;
    *) usage ;;
  esac
  shift 2
done
[ $# = 1 ] || usage
folder=$(realpath -m "$1")
[ ! -e "$folder" ] || [ -e "$folder/run.sh" ] || [ -z "$(ls -A "$folder")" ] ||
  { echo "$folder is not empty and holds no earlier pack: remove it, or name another folder" >&2; exit 2; }
work=${WORK:-/var/tmp/coopseg-torch-$version}
cd "$(dirname "$0")/../.."

programs=(cs-phantom cs-preprocess cs-split cs-train-coop cs-train-semi cs-predict cs-dice)
tests=(unit_network unit_training unit_ranks)
benchmarks=(step_profile)
SITE=$site bash tests/house/wheel.sh "$version" "$work" programs
build=$work/build site=${site:-$work/site}
cmake --build "$build" --target "${tests[@]}" "${benchmarks[@]}"

rm -rf "$folder"
mkdir -p "$folder"/{bin,lib,tests,bench,golden}
pack() { install -s "$build/$1/$2" "$folder/$1"; }
for program in "${programs[@]}"; do pack bin "$program"; done
for test in "${tests[@]}"; do pack tests "$test"; done
for benchmark in "${benchmarks[@]}"; do pack bench "$benchmark"; done
install tests/gpu/run.sh "$folder"
install tests/bench/{step_table,pytorch_step} "$folder/bench"
git describe --always --dirty --abbrev=12 >"$folder/revision"

# What they load, without LibTorch and what that loads, glibc, the compiler's libraries and OpenMP, which PyTorch needs
# itself. Programs open the training's library when they train; the tests link it.
for file in "${programs[@]/#/bin/}" "${tests[@]/#/tests/}" "${benchmarks[@]/#/bench/}"; do ldd "$build/$file"; done |
  awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  grep -Ev "^$(realpath "$site")/|/lib(c|m|dl|rt|util|pthread|gcc_s|stdc\+\+|gomp)\.so" |
  while read -r library; do install -s "$library" "$folder/lib"; done
ln -s "$(cd "$folder/lib" && echo libcoopseg_training.so.*)" "$folder/lib/libcoopseg_training.so"

if [ -d "${COOPSEG_GOLDEN_DIR:-}" ]; then
  for part in reference semi baselines formula; do
    [ ! -d "$COOPSEG_GOLDEN_DIR/$part" ] || cp -rL "$COOPSEG_GOLDEN_DIR/$part" "$folder/golden"
  done
  chmod -R u+w "$folder/golden"
  rm -rf "$folder/golden/reference/checkpoints" # the same weights in the reference implementation's format
else
  echo "no golden numbers: COOPSEG_GOLDEN_DIR names none; run.sh will say that tests of them are skipped"
fi
mb=$(($(du -sk --apparent-size "$folder" | cut -f1) / 1024))
echo "$folder: $mb MB of revision $(cat "$folder/revision"), for PyTorch $version"
[ "$mb" -le "$most_mb" ] || { echo "more than $most_mb MB" >&2; exit 1; }
