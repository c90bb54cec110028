# shellcheck shell=bash
# cs-predict takes the models of methods with few labels, and writes signed distances of those that learn them.
source "$(dirname "$case_file")/setup.bash"
make_data
for method in mt dtc simcvd duo; do
  options=(--method "$method" --unlabelled unlabelled.jsonl --patch "32,16,16" --filters 2 --max-iterations 1)
  [ $method != simcvd ] || options+=("${small_head[@]}")
  cs-train-semi --cases train.jsonl --out $method "${options[@]}" 2>err || fail "$method: $(cat err)"
  predict=(cs-predict --model "$method/last.safetensors" data/s3_img.nii.gz "$method.nii.gz" --device cpu --distances)
  if [ $method = dtc ] || [ $method = simcvd ]; then
    exits 0 "${predict[@]}"
    # Two classes of 20 x 18 x 17 voxels.
    equal "$(gzip -dc ${method}_dist.nii.gz | od -An -td2 -j40 -N10 | tr -s ' ')" ' 4 20 18 17 2' "(distances of $method)"
  else
    exits 2 "${predict[@]}"
    says stderr '--distances'
    exits 0 "${predict[@]::${#predict[@]}-1}"
  fi
  [ -s $method.nii.gz ] || fail "no segmentation by $method"
done
# More slices than a batch has are all of them.
cs-train-semi --cases train.jsonl --out all --method simcvd "${small_head[@]}" --contrast-slices 1000000 \
  --unlabelled unlabelled.jsonl --patch 32,16,16 --filters 2 --max-iterations 1 2>err
exits 0 cs-model diff --weights simcvd/last.safetensors all/last.safetensors
