#!/usr/bin/env bash
# A room includes only what stands below it, an app only rooms that it links, and torch is named in network/ and training/
# alone. Each line that breaks a wall is printed.
set -euo pipefail
build=$(realpath "$2")
cd "$1"

declare -A may=(
  [core]="core"
  [hdf5]="core hdf5"
  [image]="core hdf5 image"
  [model]="core image model"
  [onnx]="core image model onnx"
  [artefact]="core image dataset artefact"
  [metric]="core image dataset metric"
  [phantom]="core image phantom"
  [dataset]="core image dataset"
  [request]="core image model dataset request"
  [inference]="core image model dataset request inference"
  [report]="core image artefact metric phantom dataset report"
  [network]="core image dataset model request network"
  [training]="core image dataset model request inference network training"
)

broken=0
for folder in lib/coopseg/*/; do
  room=$(basename "$folder")
  [ -n "${may[$room]:-}" ] || { echo "no rule for the room $room: add it here and to the design"; exit 1; }
  allowed=$(tr ' ' '|' <<<"${may[$room]}")
  if grep -rnE '#include "coopseg/' "$folder" | grep -vE "#include \"coopseg/($allowed)/"; then
    echo "^ $room may include only: ${may[$room]}"
    broken=1
  fi
  if grep -rnE '#include "(\.\./)?apps' "$folder"; then echo "^ nothing includes apps/"; broken=1; fi
  case $room in network|training) continue ;; esac
  if grep -rnE '#include <(torch|ATen|c10)/|torch::|at::Tensor' "$folder" apps; then
    echo "^ LibTorch enters at network/ and nowhere below it"
    broken=1
  fi
done
# What a program is linked with, libraries of libraries included, as the linker was told.
while read -r app linked files; do
  for file in ${files//,/ }; do
    if grep -nE '#include "coopseg/' "apps/$file" | grep -vE "#include \"coopseg/(${linked//,/|})/"; then
      echo "^ apps/$file: $app links only ${linked//,/ }"
      broken=1
    fi
  done
done <"$build/generated/apps.txt"
exit $broken
