#!/usr/bin/env bash
# Tests of numbers end alike on every processor, on any number of threads, in any order: the instruction sets that
# LibTorch and oneDNN have are tried as far as this processor has them. A small part runs as a test; all of it:
#   tests/house/processors.sh SOURCE BUILD all
set -euo pipefail
build=$2 part=${3:-}
failed=0
# try PROGRAM FILTER ATEN_CPU_CAPABILITY ONEDNN_MAX_CPU_ISA THREADS SEED
try() {
  local status=0
  # LibTorch takes the word for it, and an instruction that is not there ends the program.
  [ "$3" = default ] || grep -qw "${3/avx512/avx512bw}" /proc/cpuinfo || { echo "$1: this processor has no $3"; return 0; }
  ATEN_CPU_CAPABILITY=$3 ONEDNN_MAX_CPU_ISA=$4 COOPSEG_TEST_THREADS=$5 OMP_NUM_THREADS=$5 OMP_WAIT_POLICY=passive \
    "$build/tests/$1" --gtest_filter="$2" --gtest_shuffle --gtest_random_seed="$6" --gtest_brief=1 >output 2>&1 || status=$?
  [ "$status" = 0 ] || { cat output; failed=1; }
  echo "$1: LibTorch $3, oneDNN $4, $5 threads, order $6: $([ "$status" = 0 ] && echo passed || echo "failed ($status)")"
}
[ -x "$build/tests/unit_network" ] || { echo "skipped: a build without networks"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
if [ "$part" = all ]; then
  for program in unit_network unit_training; do
    for capability in default avx2 avx512; do for set in SSE41 AVX2 AVX512_CORE ALL; do for threads in 1 2 4; do
      try $program '*' $capability $set $threads $((10#$threads + ${#set}))
    done; done; done
  done
else
  # What depends on the order of summation, at the far corners; double precision is compared in the programs themselves.
  numbers='Types/FormulaTest.*32*:Precision.*'
  try unit_network "$numbers" avx2 AVX2 2 1
  try unit_network "$numbers" default SSE41 1 2
  try unit_training 'Types/CooperativeFormula.*32*' avx2 AVX2 2 3
  try unit_training 'Types/CooperativeFormula.*32*' avx512 ALL 1 4
fi
exit $failed
