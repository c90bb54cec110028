# shellcheck shell=bash
# The comparison methods' images, beside those of latent masks or alone: cases and sidecars that say what was done, the
# single-file form, and refusals. (Equal bytes for equal runs and shards: every-program/same_bytes.sh.)
source "$(dirname "$case_file")/setup.bash"
make_data
make_model
methods=rand-mwm,rand-conv,adv-noise,adv-bias
cs-perturb --model model.safetensors --cases train.jsonl --out made --method $methods --repeats 2 \
  --preview made.png 2>err
equal "$(wc -l <made/cases.jsonl)" $((2 * 4 * 2)) "(cases)"
equal "$(find made -name '*_img.nii.gz' | wc -l)" 16 "(images)"
equal "$(find made -name '*_pred.nii.gz')" "" "(segmentations)"
equal "$(head -c 4 made.png | tail -c 3)" PNG "(preview)"
says made/cases.jsonl '"artefact":"adv-bias".*"repeat":1'
says made/s1/ED_adv-bias_r1_img.json '"advbias_epsilon": 0.3'
says made/s1/ED_rand-mwm_r0_img.json '"method": "rand-mwm"'
says_not made/s1/ED_rand-mwm_r0_img.json 'advbias|mask|lambda'
cs-check --cases made/cases.jsonl >checked 2>err || fail "cs-check: $(cat err)"
for method in ${methods//,/ }; do
  ! cmp -s made/s1/ED_"$method"_r0_img.nii.gz made/s1/ED_"$method"_r1_img.nii.gz || fail "repeats of $method are equal"
done

# A case's numbers are its own: they do not depend on what else is made.
cs-perturb --model model.safetensors --cases validate.jsonl --out both --method cooperative,adv-noise 2>err
says both/cases.jsonl '"artefact":"latent-spatial-0.5"'
says both/cases.jsonl '"artefact":"adv-noise"'
cs-perturb --model model.safetensors --cases validate.jsonl --out masks 2>err
for file in masks/*/*.nii.gz; do same_bytes "$file" "both/${file#masks/}"; done
cs-perturb --model model.safetensors --method adv-noise --advnoise-epsilon 0 data/s3/ED_img.nii.gz none.nii.gz 2>err
cs-perturb --model model.safetensors --method adv-noise data/s3/ED_img.nii.gz noise.nii.gz 2>err
! cmp -s none.nii.gz noise.nii.gz || fail "noise changes nothing"

refuse() {
  exits 2 cs-perturb --model model.safetensors "${@:2}"
  one_line stderr
  says stderr "$1"
  absent out
}
refuse '--method: "vat" is none of cooperative, rand-mwm' --cases train.jsonl --out out --method rand-conv,vat
refuse '--mask: belongs to --method cooperative, not adv-bias' \
  --cases train.jsonl --out out --method adv-bias --mask channel
refuse '--advbias-form: belongs to --method adv-bias, not cooperative' \
  --cases train.jsonl --out out --advbias-form sphere
refuse '--method: must name one' --method rand-mwm,rand-conv data/s3/ED_img.nii.gz out
refuse 'no such option' --cases train.jsonl --out out --method adv-bias --consistency-weight 2
