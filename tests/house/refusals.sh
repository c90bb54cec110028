#!/usr/bin/env bash
# What a build cannot go on with is said in one line, with what to install or to remove. Nothing is built here: CMake is
# told that packages are missing, and is given a compiler, a LibTorch and build folders that do not fit.
set -euo pipefail
source_dir=$1
fail() { echo "FAILED: $*" >&2; cat "$scratch/out" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# refuses LINE [flags of CMake]: CMake ends with this line of ours, a regular expression, and says nothing long beside it.
refuses() {
  local line=$1
  shift
  if cmake -S "$source_dir" -B build -G Ninja -DCOOPSEG_TESTS=OFF -DCOOPSEG_BENCHMARKS=OFF "$@" >out 2>&1; then
    fail "configured: $*"
  fi
  [ "$(grep -c '^    CoopSeg: ' out)" = 1 ] || fail "not one line: $*"
  grep -Eqx -- "    CoopSeg: $line" out || fail "does not say: $line"
  [ "$(grep -v '^-- ' out | grep -c .)" -lt 12 ] || fail "says more than there is to say: $*"
}
without=-DCMAKE_DISABLE_FIND_PACKAGE_
refuses 'not found: Torch; install: apt-get install libtorch-dev; what needs no LibTorch: -DCOOPSEG_NETWORKS=OFF' \
  ${without}Torch=ON
refuses 'not found: TBB, ITK; install: apt-get install libtbb-dev libinsighttoolkit5-dev libgdcm-dev' \
  ${without}Torch=ON -DCOOPSEG_NETWORKS=OFF ${without}TBB=ON ${without}ITK=ON
refuses 'not found: Random123, libdeflate, ONNX, Vega; install: '"\
apt-get install librandom123-dev libdeflate-dev libonnx-dev libjs-vega" \
  ${without}TBB=OFF ${without}ITK=OFF -DRANDOM123_INCLUDE_DIR= -DDEFLATE_LIBRARY= -DONNX_LIBRARY= -DVEGA_DIR=
refuses "this build folder is of version 0.0.1, the source of [0-9.]+; remove it: rm -r $PWD/build" \
  -DCOOPSEG_BUILD_VERSION=0.0.1

# A LibTorch built without a BLAS, and one that loads the reference BLAS.
include=torch/include/torch/csrc/api/include/torch
mkdir -p torch/include/ATen $include torch/share/cmake/Torch torch/lib torch/blas
echo '#define AT_BUILD_WITH_BLAS() 0' >torch/include/ATen/Config.h
touch $include/torch.h torch/share/cmake/Torch/TorchConfig.cmake
printf '#define TORCH_VERSION_%s\n' 'MAJOR 2' 'MINOR 6' 'PATCH 0' >$include/version.h
rm -rf build
echo 'int fast;' | cc -x c - -shared -fPIC -Wl,-soname,libblas.so.3 -o torch/blas/libblas.so.3
cc -shared -o torch/lib/libtorch_cpu.so -Wl,--no-as-needed torch/blas/libblas.so.3 "-Wl,-rpath,$PWD/torch/blas"
cp torch/lib/libtorch_cpu.so torch/lib/libc10.so
refuses ".*/torch/lib/libtorch_cpu.so was built without a BLAS; install another: .* libtorch-dev libopenblas0-openmp" \
  "-DTorch_DIR=$PWD/torch/share/cmake/Torch"
echo '#define AT_BUILD_WITH_BLAS() 1' >torch/include/ATen/Config.h
refuses 'LibTorch would use the reference BLAS, .*: apt-get install libopenblas0-openmp .*-DCOOPSEG_SLOW_BLAS=ON.*'

echo 'set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=0")' >torch/share/cmake/Torch/TorchConfig.cmake
refuses "LibTorch 2.6.0 in $PWD/torch is built for the C\\+\\+ library's old ABI; take .*" \
  "-DTorch_DIR=$PWD/torch/share/cmake/Torch"

# A compiler whose library is from before C++17.
rm -rf build
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec c++ "$@" -std=c++11\n' >old-c++
chmod +x old-c++
refuses '.*old-c\+\+ .* lacks std::from_chars .* install GCC 11 or newer .*' "-DCMAKE_CXX_COMPILER=$PWD/old-c++"

# The commands of the README do not touch the build folder of another clone, or one that was moved.
mkdir elsewhere
printf 'CMAKE_HOME_DIRECTORY:INTERNAL=%s\nCMAKE_CACHEFILE_DIR:INTERNAL=%s\n' "$PWD/elsewhere" "$PWD/build" \
  >build/CMakeCache.txt
made() { make -C "$source_dir" --no-print-directory -n -f Makefile.pipelines build "BUILD=$PWD/build" >out 2>&1; }
if made; then fail "make takes the build folder of another clone"; fi
[ "$(wc -l <out)" = 1 ] || fail "more than one line"
grep -q "build is the build folder .* of $PWD/elsewhere: *remove it (rm -r $PWD/build), or name another" out || fail "make"
printf 'CMAKE_HOME_DIRECTORY:INTERNAL=%s\nCMAKE_CACHEFILE_DIR:INTERNAL=%s\n' "$source_dir" "$PWD/before" \
  >build/CMakeCache.txt
if made; then fail "make takes a build folder that was moved"; fi
sed -i 's/before$/build/' build/CMakeCache.txt
made || fail "make refuses its own build folder"
