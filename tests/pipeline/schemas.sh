# shellcheck shell=bash
# What programs print and write as JSON obeys the schemas in share/schemas, every one of which is used.
for python in python3 /usr/bin/python3 none; do "$python" -c 'import jsonschema' 2>/dev/null && break; done
[ "$python" != none ] || skip "no Python with jsonschema (Debian: python3-jsonschema)"
schemas=$COOPSEG_SOURCE_DIR/share/schemas
: >used
# obeys SCHEMA FILE...: each file is valid, and an empty object is not. It is looked at at the end, with all others.
obeys() {
  echo "obeys $*" >>to_validate
  echo "$1" >>used
}
changes=0
# refuses SCHEMA FILE SED: the file is not valid any more when the script has changed it.
refuses() {
  changes=$((changes + 1))
  sed -E "$3" "$2" >"changed$changes.${2##*.}"
  if cmp -s "$2" "changed$changes.${2##*.}"; then fail "$3 changes nothing in $2"; fi
  echo "refuses $1 changed$changes.${2##*.}" >>to_validate
}

cs-phantom --out raw --subjects 4 --sites 2 --size 32 --spacing 8 --slices 3 --seed 3
cs-list coopseg raw --labels coopseg --cases-out listed.jsonl
cs-preprocess --cases raw/cases.jsonl --spacing keep --out pre
cs-distance-map --cases pre/cases.jsonl --out distances
cs-split --cases pre/cases.jsonl --train 2 --val 1 --test 1 --out split
cs-train-ftn --cases split/train.jsonl --validate split/validate.jsonl --out run --crop 32 --epochs 2 --batch-size 4 \
  --max-iterations 5 --log-every 1
cs-train-coop --cases split/train.jsonl --out both --crop 32 --epochs 1 --batch-size 6
for method in rand-mwm rand-conv adv-noise adv-bias; do
  cs-train-ftn --cases split/train.jsonl --out $method --crop 32 --epochs 1 --batch-size 6 --method $method
done
cs-train-ftn --cases split/train.jsonl --validate split/validate.jsonl --validate-every 1 --save-models-every 1 \
  --out one-view --crop 32 --max-iterations 1 --batch-size 6 --method rand-conv \
  --randconv-loss hard-example --randconv-mix false
cs-train-coop --cases split/train.jsonl --validate split/validate.jsonl --crop 32 --plan --json >plan.json
cs-train-ftn --cases split/train.jsonl --crop 32 --plan --json >plan_alone.json
cs-predict --model run/best.safetensors --cases split/test.jsonl --out predicted --probabilities
cs-predict --model run/best.safetensors --cases split/train.jsonl --out seen
cs-predict --model both/best.safetensors --cases split/test.jsonl --out corrected --review 1
cs-predict --model run/best.safetensors --model both/best.safetensors --cases split/test.jsonl --out ensemble
cs-preprocess --cases raw/cases.jsonl --spacing keep --normalise zscore --out volumes
cs-split --cases volumes/cases.jsonl --train 2 --val 1 --test 1 --out volume-lists
semi=(cs-train-semi --cases volume-lists/train.jsonl --patch "32,32,16" --filters 2)
"${semi[@]}" --validate volume-lists/validate.jsonl --out volume-run --max-iterations 2 --log-every 1 --batch-size 2
"${semi[@]}" --unlabelled volume-lists/test.jsonl --out two-streams --max-iterations 1 --init volume-run/last.safetensors
"${semi[@]}" --plan --json >plan_of_volumes.json
few=(--unlabelled volume-lists/test.jsonl --max-iterations 1 --log-every 1)
for method in uamt dtc simcvd cvrl secl; do
  "${semi[@]}" "${few[@]}" --method $method --out few-$method
done
"${semi[@]}" --unlabelled volume-lists/validate.jsonl --watch volume-lists/validate.jsonl --method duo --out few-duo --max-iterations 1
cs-train-semi --cases volume-lists/train.jsonl "${few[@]}" --patch 32,32 --filters 2 --method mt --optimiser adam --out few-mt
cs-predict --model volume-run/best.safetensors --cases raw/cases.jsonl --out segmented --probabilities
cs-predict --model volume-run/best.safetensors --cases raw/cases.jsonl --plan --json >prediction_plan.json
cs-perturb --model both/best.safetensors --cases split/test.jsonl --out hard --method cooperative,rand-conv,adv-noise

for dialect in paper legacy physical; do
  cs-corrupt all --dialect $dialect --cases split/test.jsonl --out bad/$dialect
done
cs-corrupt motion --severity 1-5 --cases split/test.jsonl --out bad/graded
cs-corrupt --chain motion,spike --no-crop --cases split/test.jsonl --out bad/chained
cs-corrupt --params bad/chained/*/ED_motion+spike_r0_img.json --cases split/test.jsonl --out bad/given

# Models: sound and not, equal and not.
LC_ALL=C sed '0,/segmentation_decoder/s//segmentation_dekoder/' run/best.safetensors >renamed.safetensors
cs-model show --json run/best.safetensors >summary.json
cs-model show --json renamed.safetensors >odd_summary.json
cs-model show --json volume-run/best.safetensors >summary_of_volumes.json
cs-model export --to onnx --json both/best.safetensors both.onnx >export.json
cs-model export --to onnx --json volume-run/best.safetensors volumes.onnx >export_of_volumes.json
cs-model check --json run/best.safetensors renamed.safetensors >model_check.jsonl || true
cs-model diff --json run/best.safetensors run/best.safetensors >equal.json
cs-model diff --json run/best.safetensors rand-mwm/last.safetensors >diff.json || true
cs-model diff --json run/best.safetensors renamed.safetensors >odd_diff.json || true

# The gate finds this and that.
mkdir odd
cp raw/phantom001/ED_img.nii.gz raw/phantom001/ED_seg.nii.gz odd
head -c 300 raw/phantom002/ED_img.nii.gz >odd/ES_img.nii.gz
{
  cat raw/cases.jsonl
  echo '{"id":"odd","frame":"ED","image":"../odd/ED_img.nii.gz","label":"../odd/ED_seg.nii.gz","labels":{"LV":1}}'
  echo '{"id":"odd","frame":"ES","image":"../odd/ES_img.nii.gz","prediction":"../odd/none.nii.gz","frame_index":2}'
} >raw/odd.jsonl
cs-check --cases raw/odd.jsonl --against listed.jsonl >check.jsonl || true
says check.jsonl '"verdict":"error"'

# Scores: rows and means in two and three dimensions, missing and failed cases, ejection fractions, a comparison.
for list in predicted seen; do
  sed "s|\"prediction\":\"|&$list/|; s|\"\.\./pre|\"pre|g" $list/cases.jsonl
done >scored.jsonl
sed '1s/"prediction":"[^"]*",//; 2s/"prediction":"[^"]*"/"prediction":"none.nii.gz"/' scored.jsonl >partly.jsonl
cs-dice --cases partly.jsonl --json >scores.jsonl || true
says scores.jsonl '"status":"failed"'
says scores.jsonl '"status":"missing-prediction"'
says scores.jsonl '"record":"ejection_fraction"'
cs-dice --cases scored.jsonl --json --per-slice --as monai --distance taxicab >slices.jsonl
cs-dice --cases scored.jsonl --json --as itk --summary >summary.jsonl
cs-dice --cases scored.jsonl --json --summary --by site >grouped.jsonl
cs-dice --cases scored.jsonl --compare partly.jsonl --json >comparison.jsonl || true
says comparison.jsonl '"record":"comparison"'
cs-dice --json pre/phantom001/ED_seg.nii.gz pre/phantom001/ES_seg.nii.gz >pair.jsonl
cs-dice --cases scored.jsonl --cases-out with_scores.jsonl >table

obeys case raw/cases.jsonl listed.jsonl pre/cases.jsonl distances/cases.jsonl split/*.jsonl predicted/cases.jsonl seen/cases.jsonl \
  corrected/cases.jsonl ensemble/cases.jsonl \
  volumes/cases.jsonl volume-lists/*.jsonl segmented/cases.jsonl \
  hard/cases.jsonl bad/*/cases.jsonl with_scores.jsonl
obeys check check.jsonl
mapfile -t corrupted < <(find bad -name '*.json')
obeys sidecar raw/*/*.json segmented/*/*.json pre/*/*.json distances/*/*.json predicted/*/*.json seen/*/*.json {corrected,ensemble}/*/*.json \
  hard/*/*.json "${corrupted[@]}"
obeys artefact "${corrupted[@]}"
obeys recipe bad/*/recipe.jsonl
obeys run run/config.json both/config.json volume-run/config.json two-streams/config.json few-*/config.json
obeys log run/log.jsonl rand-mwm/log.jsonl both/log.jsonl one-view/log.jsonl volume-run/log.jsonl two-streams/log.jsonl few-*/log.jsonl
obeys plan plan.json plan_alone.json plan_of_volumes.json
obeys prediction-plan prediction_plan.json
obeys model run/best.safetensors run/last.safetensors rand-mwm/last.safetensors both/last.safetensors \
  volume-run/best.safetensors two-streams/last.safetensors few-{mt,dtc,duo}/last.safetensors
cat >volumes.json <<'END'
{"format":2,"network":"V-Net","input":{"dimensions":3,"channels":1,"spacing_mm":[1,1,2.5],"normalisation":"minmax",
 "window":[112,112,80],"stride":[18,18,4],"padding":"zero"},"size":{"filters":16,"norm":"batch"},
 "outputs":["segmentation","mean"],"classes":{"atrium":1},"training_images":[]}
END
obeys model volumes.json
for change in 's/"format":2/"format":1/' 's/"window":/"crop":32,"window":/' 's/"mean"/"segmentation"/' \
  's/"dimensions":3/"dimensions":4/' 's/"filters":16/"filters":0/' 's/"zero"/"mirror"/' 's/"window":[^]]*\]/"crop":32/' \
  's/"stride":\[18/&.5/'; do
  refuses model volumes.json "$change"
done
obeys model-summary summary.json odd_summary.json summary_of_volumes.json
obeys model-check model_check.jsonl
obeys model-diff equal.json diff.json odd_diff.json
obeys model-export export.json export_of_volumes.json
obeys scores scores.jsonl slices.jsonl summary.jsonl grouped.jsonl comparison.jsonl pair.jsonl
obeys run {rand-mwm,rand-conv,one-view,adv-noise,adv-bias}/config.json
for stage in ftn stn; do
  printf '{"method":"m","set":"A","labelled":3,"stage":"%s","seed":0,"scores":"with_scores.jsonl","run":"run"}\n' $stage
done >results.jsonl
cs-report --results results.jsonl --csv report.csv
obeys results results.jsonl
obeys splits "$COOPSEG_SOURCE_DIR"/share/splits/*.json
for program in "$(dirname "$(command -v cs-list)")"/cs-*; do
  "$program" --help-as json >"$(basename "$program").json"
done
obeys options cs-*.json

refuses case raw/cases.jsonl '1s/"image"/"picture"/'
echo '{"id":1,"image":"a.nii","label":null,"site":2,"dataset":3.0,"labels":{"background":0,"LV":1}}' >of_a_table.jsonl
obeys case of_a_table.jsonl
refuses case of_a_table.jsonl 's/"background":0/"background":1/'
refuses case of_a_table.jsonl 's/"a.nii"/null/'
refuses check check.jsonl '1s/"verdict":"[a-z]*"/"verdict":"fine"/'
refuses check check.jsonl '1s/"findings"/"found":1,&/'
refuses sidecar pre/phantom001/ED_img.json 's/("sha256": ")[0-9a-f]/\1/'
refuses artefact "${corrupted[0]}" 's/"(parameters|artefacts)"/"parametres"/'
refuses recipe bad/paper/recipe.jsonl '1s/"dialect":"paper"/"dialect":"sane"/'
refuses recipe bad/paper/recipe.jsonl '2s/"voxels_sha256"/"voxels"/'
refuses run run/config.json 's/"crop": 32/"crop": 33/'
refuses run adv-bias/config.json 's/"advbias_epsilon"/"advnoise_size"/'
refuses run adv-bias/config.json 's/"method": "adv-bias"/"method": "standard"/'
refuses run volume-run/config.json 's/"patch"/"crop"/'
refuses run volume-run/config.json 's/"momentum": 0.9/"momentum": 1/'
refuses run volume-run/config.json 's/"labelled": 2/"labelled": 0/'
refuses run two-streams/config.json 's/("init_sha256": )"[0-9a-f]*"/\1"none"/'
refuses run few-simcvd/config.json 's/"ema_decay"/"decay"/'
refuses run few-simcvd/config.json 's/"ramp_terms": "contrast,/&mean,/'
refuses run few-mt/config.json 's/"type": "adam"/"type": "lion"/'
refuses run few-mt/config.json 's/"network": "U-Net"/"network": "V-Net"/'
refuses log few-duo/log.jsonl 's/"segmenters":/"both":/'
refuses log few-duo/log.jsonl 's/"watch":\{"mean_dice"/"watch":{"dice"/'
refuses log few-uamt/log.jsonl 's/"ramp":0/"ramp":7/'
refuses log volume-run/log.jsonl 's/"patches_per_s"/"images_per_s"/'
refuses log volume-run/log.jsonl 's/"mean_dice"/"mean_iou"/'
refuses plan plan_of_volumes.json 's/"volumes": [0-9]*,?//'
refuses prediction-plan prediction_plan.json 's/"windows"/"window_count"/'
refuses case ensemble/cases.jsonl 's/"agreement_of":"models"/"agreement_of":"people"/'
refuses case ensemble/cases.jsonl 's/("models":\[\{[^}]*\}),[^]]*\]/\1]/'
refuses case corrected/cases.jsonl 's/"agreement":\{"LV":[^,]*/"agreement":{"LV":1.5/'
refuses log run/log.jsonl '/"epoch",/s/"best":(true|false),//'
refuses plan plan.json 's/"seconds_total": [0-9.e-]*/"seconds_total": null/'
refuses model-summary summary.json 's/batch norm/norm/'
refuses model-check model_check.jsonl '1s/"ok":true/"ok":false/'
refuses model-diff diff.json 's/"max_absolute"/"absolute"/'
refuses model-export export.json 's/"batch"/"images"/'
refuses scores scores.jsonl '2s/"dice"/"dyce"/'
refuses scores summary.jsonl '2s/"n_missing"/"n_lost"/'
for change in 's/"scores"/"score"/' 's/"stn"/7/' 's/"seed":0/"seed":0.5/' 's/"m"/""/' 's/"labelled":3/"labelled":-3/'; do
  refuses results results.jsonl "$change"
  if cs-report --results "changed$changes.jsonl" --csv no.csv 2>message; then fail "cs-report takes results after $change"; fi
done
refuses options cs-dice.json '0,/"names"/s//"name"/'

"$python" -W ignore "$(dirname "$case_file")/validate.py" "$schemas" <to_validate >wrong || fail "$(cat wrong)"
for schema in "$schemas"/*.schema.json; do
  name=$(basename "$schema" .schema.json)
  grep -qx "$name" used || fail "no test of the schema $name"
done
