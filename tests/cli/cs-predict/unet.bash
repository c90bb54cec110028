# shellcheck shell=bash
# The tensors of a U-Net of two filters with transposed convolutions, for two structures and the background.
entries='' bytes=0
tensor() { # NAME SHAPE...
  local name=$1 count=1 side sides
  shift
  for side; do count=$((count * side)); done
  sides="$*"
  entries+=",\"unet/$name\":{\"dtype\":\"F32\",\"shape\":[${sides// /,}],\"data_offsets\":[$bytes,$((bytes + 4 * count))]}"
  bytes=$((bytes + 4 * count))
}
convolution() { # NAME IN OUT KERNEL
  tensor "$1.weight" "$3" "$2" "$4" "$4"
  tensor "$1.bias" "$3"
}
in=1 out=2
for level in 1 2 3 4; do
  convolution encoder.contr_${level}_1.0 $in $out 3
  convolution encoder.contr_${level}_2.0 $out $out 3
  in=$out out=$((2 * out))
done
convolution encoder.center.0 16 32 3
convolution encoder.center.2 32 32 3
tensor encoder.center.4.weight 32 16 2 2
tensor encoder.center.4.bias 16
out=16
for level in 4 3 2 1; do
  convolution encoder.expand_${level}_1.0 $((2 * out)) $out 3
  convolution encoder.expand_${level}_2.0 $out $out 3
  if [ $level -gt 1 ]; then
    tensor encoder.upscale$level.weight $out $((out / 2)) 2 2
    tensor encoder.upscale$level.bias $((out / 2))
  fi
  out=$((out / 2))
done
convolution head 2 3 1
# The model of these tensors, and of those that were added to them.
made() { # DESCRIPTION FILE
  printf '{"__metadata__":{"coopseg":"%s"}%s}' "${1//\"/\\\"}" "$entries" >header
  golden_model header "$2"
}
