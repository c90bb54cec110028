# shellcheck shell=bash
# The fast-thinking network is pre-trained for cs-train-ftn and cs-train-coop.
source "$(dirname "$case_file")/setup.bash"
make_data
ftn=(--network ftn --patch "16,16" --batch-size 2)
global --out 1 "${ftn[@]}"
local_ --out 2 "${ftn[@]}" --init 1/last.safetensors
exits 0 cs-model check 2/last.safetensors
begin=(--cases train.jsonl --crop 16 --batch-size 2 --max-iterations 1 --lr 1e-30 --init 2/last.safetensors)
cs-train-ftn "${begin[@]}" --out fast 2>err
says err '2/last.safetensors: [0-9]+ of [0-9]+ tensors are taken; segmentation_decoder/final_conv, image_decoder/.*begin at random'
says fast/config.json "\"init_sha256\": \"$(sha256sum 2/last.safetensors | cut -d' ' -f1)\""
cs-train-coop "${begin[@]}" --out both 2>err
for run in fast both; do
  exits 1 cs-model diff --weights $run/last.safetensors 2/last.safetensors
  mv stdout difference
  says difference 'segmentation_decoder/final_conv.weight is only in the first'
  says_not difference 'weight: [0-9]'
done
# A trained model, too, with or without what it has beside the network.
cs-train-ftn "${begin[@]:0:${#begin[@]}-2}" --out next --init both/last.safetensors 2>err
says err 'shape_encoder/.* are not taken, as this training has no such layers'
cs-train-coop "${begin[@]:0:${#begin[@]}-2}" --out slow --init fast/last.safetensors 2>err
says err 'shape_encoder/.* begin at random, as it has none of them'
exits 2 cs-train-coop "${begin[@]}" --code shared --out refused
says stderr '--init: 2/last.safetensors is a model of the network FCN_16_standard, not FCN_16_standard_share_code'
sed 's/"core"/"heart"/' train.jsonl >renamed.jsonl
exits 2 cs-train-ftn --cases renamed.jsonl --crop 16 --batch-size 2 --max-iterations 1 --init fast/last.safetensors --out refused
says stderr 'knows the classes core, shell, this training heart, shell'
absent refused
