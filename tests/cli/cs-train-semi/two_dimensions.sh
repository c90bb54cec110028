# shellcheck shell=bash
# A patch of two sides is of slices: those of volumes, and two-dimensional images; a third side of 1 says the same.
source "$(dirname "$case_file")/setup.bash"
make_data
lists=(--cases train.jsonl --unlabelled unlabelled.jsonl)
options=(--batch-size "2,2" --filters 2 --max-iterations 2)
for method in mt simcvd duo; do
  more=()
  [ $method != simcvd ] || more=("${small_head[@]}")
  patch=16,16
  # Two networks share the labelled slices: one of four pixels at least is left to each.
  [ $method != duo ] || patch=32,16
  cs-train-semi "${lists[@]}" --validate validate.jsonl --method $method --patch $patch "${options[@]}" "${more[@]}" \
    --out $method 2>err || fail "$method: $(cat err)"
  says $method/config.json '"network": "U-Net"'
  says $method/log.jsonl '"mean_dice":[0-9]'
  exits 0 cs-predict --model $method/last.safetensors data/s3_img.nii.gz $method.nii.gz --device cpu
  equal "$(gzip -dc $method.nii.gz | od -An -td2 -j40 -N8 | tr -s ' ')" ' 3 20 18 17' "(segmented by $method)"
done
# The other U-Net, whose code has half as many channels.
for method in dtc cvrl secl; do
  cs-train-semi "${lists[@]}" --method $method --patch 16,16 --upsampling transposed "${options[@]}" --out other-$method \
    2>err || fail "$method: $(cat err)"
done
cs-train-semi "${lists[@]}" --validate validate.jsonl --method mt --patch 16,16,1 "${options[@]}" --out again 2>err
same_bytes <(cs-model show mt/last.safetensors | grep -v '^ *command ') <(cs-model show again/last.safetensors | grep -v '^ *command ')
exits 0 cs-model diff --weights mt/last.safetensors again/last.safetensors
says mt/config.json '"unlabelled": \{'
exits 0 cs-predict --model simcvd/last.safetensors data/s3_img.nii.gz with.nii.gz --distances --device cpu

# Files of one plane and two axes.
for id in s1 s2 u1 u2; do
  for kind in img seg; do
    [ -e data/${id}_$kind.nii.gz ] || continue
    gzip -dc data/${id}_$kind.nii.gz >raw.nii
    bytes=$([ $kind = seg ] && echo 360 || echo 1440)
    tail -c +$((353 + 8 * bytes)) raw.nii >behind.nii
    { head -c 352 raw.nii; head -c "$bytes" behind.nii; } >plane.nii
    perl -e 'open F, "+<", "plane.nii"; binmode F; seek F, 40, 0; print F pack("s<8", 2, 20, 18, 1, 1, 1, 1, 1)'
    gzip -c plane.nii >data/${id}_$kind.nii.gz
  done
done
sed -i '/"u3"/d' unlabelled.jsonl
cs-train-semi "${lists[@]}" --method uamt --mc-passes 2 --patch 16,16 "${options[@]}" --out planes 2>err || fail "$(cat err)"
exits 0 cs-predict --model planes/last.safetensors data/s2_img.nii.gz plane.nii.gz --device cpu
equal "$(gzip -dc plane.nii.gz | od -An -td2 -j40 -N6 | tr -s ' ')" ' 2 20 18' "(the plane)"
