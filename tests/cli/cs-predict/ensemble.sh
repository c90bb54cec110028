# shellcheck shell=bash
# Several models: their mean probabilities, each model's own stage, the agreement of all pairs; the sidecar and the list
# name them all. Models that do not fit each other are refused by name, before anything is written.
source "$(dirname "$case_file")/setup.bash"
make_hearts
image=hearts/phantom001/ED_img.nii.gz
run() { cs-predict --device cpu --log-level "${level:-error}" "$@"; }
ftn_better='{"ftn":{"mean_iou":0.9},"stn":{"mean_iou":0.8}}'
stage_model a.safetensors
changed a.safetensors segmentation_decoder/up4.conv_input.weight b.safetensors
stage_model c.safetensors "$ftn_better"
for model in a b; do run --model $model.safetensors $image $model.nii.gz --probabilities; done
run --model c.safetensors $image c.nii.gz --probabilities
exits 0 run --model a.safetensors --model b.safetensors --model c.safetensors $image all.nii.gz --probabilities
for file in a b c all; do gzip -dc ${file}_prob.nii.gz >$file.nii; done
perl -e 'my @maps = map { open my $f, "<:raw", "$_.nii"; local $/; [unpack("f<*", substr(<$f>, 352))] } qw(a b c all);
  for my $i (0 .. $#{$maps[0]}) {
    my $mean = ($maps[0][$i] + $maps[1][$i] + $maps[2][$i]) / 3;
    abs($maps[3][$i] - $mean) < 1e-6 or die "voxel $i: $maps[3][$i], not $mean\n";
  }' || fail "the probabilities are not the mean"
tr -d ' \n' <all.json >sidecar
says sidecar '"stage":\["stn","stn","ftn"\]'
says sidecar '"steps":\[1,1,0\]'
says sidecar '"model":\["a.safetensors","b.safetensors","c.safetensors"\]'
for model in a b c; do
  says sidecar "\"name\":\"$model.safetensors\",\"sha256\":\"$(sha256sum $model.safetensors | cut -d' ' -f1)\""
done
# The sidecar's command, given again where the files are, makes the same.
cp $image .
mapfile -t command < <(sed -n '/^  "command": \[/,/\]/s/^    "\(.*\)",\{0,1\}$/\1/p' all.json)
equal "${command[*]}" "cs-predict ED_img.nii.gz all.nii.gz --model a.safetensors --model b.safetensors \
--model c.safetensors --probabilities"
command[2]=again.nii.gz
exits 0 "${command[@]}" --device cpu
same_bytes again.nii.gz all.nii.gz
dice() {
  cs-dice "$1.nii.gz" "$2.nii.gz" --labels LV:1,MYO:2 --metrics dice --json |
    sed -n 's/.*"class":"LV".*"dice":\([0-9.e-]*\).*/\1/p'
}
mean=$(echo "$(dice a b) $(dice a c) $(dice b c)" | awk '{ printf "%.12f", ($1 + $2 + $3) / 3 }')
of_lv=$(sed 's/.*"agreement_of":"models","agreement":{"LV":\([0-9.e-]*\).*/\1/' sidecar)
equal "$(awk '{ printf "%.12f", $1 }' <<<"$of_lv")" "$mean"

# A list; a case that one of them has seen; the report names both.
seen=$(sha256sum hearts/phantom002/ES_img.nii.gz | cut -d' ' -f1)
sed 's/\\"training_images\\":\[\\"[0-9a-f]*/\\"training_images\\":[\\"'"$seen/" \
  "$(dirname "$case_file")/../every-program/model-format-1.header" >seen.header
golden_model seen.header d.safetensors
exits 0 run --model a.safetensors --model d.safetensors --cases hearts/cases.jsonl --out pred --review 0.5
says_not pred/cases.jsonl '"model"|"model_sha256"|"review"'
equal "$(field models pred/cases.jsonl 1)" '[{"name":"a.safetensors"'
sha256=$(sha256sum d.safetensors | cut -d' ' -f1)
equal "$(grep -c "\"name\":\"d.safetensors\",\"sha256\":\"$sha256\"" pred/cases.jsonl)" 4
equal "$(grep -c '"agreement_of":"models","agreement":{"LV":1.0,"MYO":1.0}' pred/cases.jsonl)" 4
equal "$(grep -c seen_in_training pred/cases.jsonl)" 1
equal "$(field seen_in_training pred/cases.jsonl 4)" true
same_bytes pred/phantom001/ED_pred.nii.gz a.nii.gz
level=info exits 0 run --model a.safetensors --model d.safetensors --cases hearts/cases.jsonl --out pred --review 0.5 \
  --skip-existing
says stderr '4 of 4 label maps were there already'
cs-dice --cases pred/cases.jsonl --classes LV,MYO --cases-out scored.jsonl --log-level error >table
exits 0 cs-report --scores both:clean=scored.jsonl --out report.html
says report.html 'a.safetensors <code>.*d.safetensors <code>'

refuse() { # WORDS OPTIONS...
  exits 2 run "${@:2}" $image refused.nii.gz
  one_line stderr
  says stderr "$1"
  absent refused.nii.gz
}
cp a.safetensors same.safetensors
refuse '--model: same.safetensors is the same model as a.safetensors' --model a.safetensors --model same.safetensors
refuse '--model: a.safetensors is the same model as a.safetensors' -m b.safetensors -m a.safetensors -m a.safetensors
header=$(dirname "$case_file")/../every-program/model-format-1.header
odd() { # CHANGE WORDS
  sed "1s/$1/" "$header" >odd.header
  golden_model odd.header odd.safetensors
  refuse "odd.safetensors: cannot be averaged with a.safetensors: $2" --model a.safetensors --model odd.safetensors
}
odd '\\"crop\\":32,\\"minmax/\\"crop\\":48,\\"minmax' 'input/crop is 48, there 32'
odd '\\"MYO\\":2/\\"MYO\\":3' 'classes/MYO is 3, there 2'
odd '\\"MYO\\":2/\\"RV\\":2' 'classes/RV is new'
odd '\\"minmax_slices\\":true/\\"minmax_slices\\":false' 'input/normalisation is "none", there "minmax"'
odd '\\"preprocessing\\":null/\\"preprocessing\\":{\\"percentiles\\":[0,100]}' 'preprocessing is '
make_model
refuse 'model.safetensors: cannot be averaged with a.safetensors: classes/RV is new' \
  -m a.safetensors -m model.safetensors
changed model.safetensors segmentation_decoder/up4.conv_input.weight other.safetensors
# An option that means nothing for one of the models names it.
refuse '--window: is for models that see windows; b.safetensors sees slices' --window 16,16,1 -m b.safetensors
refuse 'other.safetensors: has no slow-thinking network|model.safetensors: has no slow-thinking' \
  --stage stn -m model.safetensors -m other.safetensors
# Models of one stage have an agreement, too.
exits 0 run -m model.safetensors -m other.safetensors $image pair.nii.gz --review 1
says pair.json '"agreement_of": "models"'
