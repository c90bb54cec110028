# shellcheck shell=bash
# A model of format 2 is shown whatever its network is; where this version does not have the network, programs that would
# run it say so, and of a model of a later format that it is newer.

# A model file of this description with one small tensor.
made_up() { # DESCRIPTION FILE
  local header i
  header="{\"__metadata__\":{\"coopseg\":\"${1//\"/\\\"}\"},\"net/block.0.weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
  {
    for i in 0 1 2 3 4 5 6 7; do printf '%b' "\\0$(printf '%o' $((${#header} >> 8 * i & 255)))"; done
    printf '%s\0\0\0\0\0\0\200\77' "$header"
  } >"$2"
}
input='{"dimensions":3,"channels":1,"spacing_mm":[1,1,2.5],"normalisation":"minmax","window":[112,112,80]}'
described='"network":"W-Net","input":'$input',"outputs":["segmentation","distance"],"classes":{"atrium":1},"training_images":[]'
made_up "{\"format\":2,$described}" volumes.safetensors
exits 0 cs-model show volumes.safetensors
says stdout '^network +W-Net, outputs segmentation, distance$'
says stdout '^classes +background \(0\), atrium \(1\)$'
says stdout '^input +3 dimensions, 1 channel, 1 x 1 x 2.5 mm$'
says stdout '^window +112 x 112 x 80 voxels$'
says stdout '^windows +each scaled to \[0, 1\]'
says stdout '^preprocessing +not recorded$'
says stdout '^  block.0 +unknown +2 +2$'
exits 0 cs-model show --json volumes.safetensors
says stdout '"format": 2,'
says stdout '"outputs": \['
cp volumes.safetensors copy.safetensors
exits 0 cs-model diff volumes.safetensors copy.safetensors

refused="volumes.safetensors: is a model of the network 'W-Net', which this version does not have"
exits 1 cs-model check volumes.safetensors
one_line stderr
says stderr "$refused"
exits 1 cs-model export volumes.safetensors --to-reference checkpoints
says stderr "$refused"
absent checkpoints
if with_networks; then
  for command in "cs-predict --model volumes.safetensors image.nii.gz out.nii.gz" \
    "cs-perturb --mask channel --latent-da image --model volumes.safetensors image.nii.gz out.nii.gz"; do
    # shellcheck disable=SC2086
    exits 2 $command
    one_line stderr
    says stderr "$refused"
  done
fi

made_up "{\"format\":3,$described}" later.safetensors
exits 1 cs-model show later.safetensors
one_line stderr
says stderr 'is a model of format 3, .*newer version'
made_up "{\"format\":2,${described/112,112,80/112,112,-80}}" broken.safetensors
exits 1 cs-model show broken.safetensors
one_line stderr
says stderr "'window'"
