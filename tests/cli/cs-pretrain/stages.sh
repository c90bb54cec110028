# shellcheck shell=bash
# Stages hand files to each other and to cs-train-semi, in two and three dimensions, which say what they take.
source "$(dirname "$case_file")/setup.bash"
make_data
for kind in slices volumes; do
  declare -n size=$kind
  global --out $kind-1 "${size[@]}"
  says $kind-1/config.json '"stage": "global"'
  says_not $kind-1/config.json '"classes"'
  local_ --out $kind-2 "${size[@]}" --init $kind-1/last.safetensors
  says said "$kind-1/last.safetensors: [0-9]+ of [0-9]+ tensors are taken; .* begin at random, as stage global trains no such"
  says $kind-2/config.json "\"init_sha256\": \"$(sha256sum $kind-1/last.safetensors | cut -d' ' -f1)\""
  says $kind-2/config.json '"core": 1'
  for run in $kind-1 $kind-2; do exits 0 cs-model check "$run/last.safetensors"; done
  cs-model show $kind-1/last.safetensors >shown
  says shown 'outputs code'
  says shown '^classes +none$'
done
says slices-2/log.jsonl '"contrast":[0-9.]+'
says_not slices-2/log.jsonl 'train_dice'

# A training at so small a rate keeps all that it took.
begin=(cs-train-semi --cases train.jsonl --batch-size 2 --filters 2 --max-iterations 1 --lr 1e-30 --weight-decay 0)
"${begin[@]}" --patch 16,16 --upsampling transposed --init slices-2/last.safetensors --out flat 2>err
says err 'slices-2/last.safetensors: [0-9]+ of [0-9]+ tensors are taken; unet/head begin at random, as stage local trains no'
says flat/config.json '"upsampling": "transposed"'
"${begin[@]}" --patch 16,16,16 --init volumes-2/last.safetensors --out deep 2>err
says err 'vnet/out_conv begin at random'
"${begin[@]}" --patch 16,16,16 --init volumes-1/last.safetensors --out early 2>err
says err 'vnet/block_five_up.conv.0, .* and [0-9]+ more begin at random'
taken() { # MODEL OF: all weights of OF are in MODEL, which has a head besides
  exits 1 cs-model diff --weights "$1" "$2"
  mv stdout difference
  says difference '(head|out_conv).weight is only in the first'
  says_not difference 'weight: [0-9]'
}
taken flat/last.safetensors slices-2/last.safetensors
taken deep/last.safetensors volumes-2/last.safetensors
taken early/last.safetensors volumes-1/last.safetensors
exits 1 cs-model diff --weights deep/last.safetensors volumes-1/last.safetensors
mv stdout difference
says difference 'block_one.conv.0.weight: [0-9]' # stage local has moved it

# Who begins with a model has seen its images.
cs-predict --model flat/last.safetensors --cases unlabelled.jsonl --out seen 2>err
says seen/cases.jsonl '"seen_in_training":true'
