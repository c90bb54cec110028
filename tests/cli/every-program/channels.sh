# shellcheck shell=bash disable=SC2154
# Images of several channels: a program that reads images takes the one that --channel names and says which there are
# where it must be named; cs-check looks at all of them; programs that read no image keep them.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
make_nifti both.nii 36 40 6 2 2 8 --float box 0.1 0 36 0 40 0 6 ball 0.9 18 20 1 11 ball 0.8 20 18 4 14
put both.nii $dim s 4 36 40 3 2
heart t2.nii 0.7
heart adc.nii 0.6
heart_label seg.nii
labels='"label":"seg.nii","labels":{"LV":1,"MYO":2}'
predicted='"prediction":"seg.nii","prediction_labels":{"LV":1,"MYO":2}'
mkdir lists
{
  echo "{\"id\":\"b1\",\"image\":\"both.nii\",\"frame_index\":0,\"channels\":{\"FLAIR\":{\"file\":\"both.nii\",\"frame_index\":0}," \
    "\"T2w\":{\"file\":\"both.nii\",\"frame_index\":1}},$labels,$predicted}"
  echo "{\"id\":\"b2\",\"image\":\"t2.nii\",\"channels\":{\"T2w\":\"t2.nii\",\"FLAIR\":\"adc.nii\"},$labels,$predicted}"
} >list.jsonl
keep=(--percentiles none --spacing keep)

exits 2 cs-preprocess --cases list.jsonl --out ready "${keep[@]}"
says stderr 'error: list.jsonl: b1 has several channels: FLAIR, T2w; say which one with --channel NAME'
exits 2 cs-preprocess --cases list.jsonl --out ready "${keep[@]}" --channel T1w
says stderr "error: --channel: b1 of list.jsonl has no channel 'T1w'; it has FLAIR, T2w"
exits 2 cs-preprocess t2.nii x.nii --channel T2w
says stderr '--channel: is of the cases of a list'
absent ready
for channel in FLAIR T2w; do exits 0 cs-preprocess --cases list.jsonl --out ready-$channel --channel $channel "${keep[@]}"; done
line_is ready-T2w/cases.jsonl 1 <<'END'
{"id":"b1","image":"b1/T2w_img.nii.gz","label":"b1/T2w_seg.nii.gz","labels":{"LV":1,"MYO":2},
"prediction":"../seg.nii","prediction_labels":{"LV":1,"MYO":2},"channel":"T2w",
"preprocessing":{"n4":null,"percentiles":null,"spacing_mm":null,"interpolation":"linear"}}
END
cs-preprocess t2.nii plain.nii.gz "${keep[@]}"
same_bytes ready-T2w/b2/T2w_img.nii.gz plain.nii.gz
cs-preprocess both.nii frame.nii.gz "${keep[@]}" --frame 1
same_bytes ready-T2w/b1/T2w_img.nii.gz frame.nii.gz
cs-preprocess adc.nii plain2.nii.gz "${keep[@]}"
same_bytes ready-FLAIR/b2/FLAIR_img.nii.gz plain2.nii.gz
# Both go into one folder, each shard's list beside the other's; a list of one channel needs no more choice.
exits 0 cs-corrupt spike --cases ready-T2w/cases.jsonl --out bad --no-crop
exits 0 cs-corrupt spike --cases ready-T2w/cases.jsonl --out bad2 --no-crop --channel T2w
diff -r bad bad2 || fail "naming the channel that there is changes something"
exits 2 cs-corrupt spike --cases ready-T2w/cases.jsonl --out x --no-crop --channel FLAIR
says stderr "--channel: is 'FLAIR', and b1 T2w of .* is another"
[ -s bad/b1/T2w_spike_r0_img.nii.gz ] || fail "$(find bad)"

# What reads no image keeps the channels, their paths seen from the new list.
exits 0 cs-split --cases list.jsonl --train 1 --test 1 --out lists/parts
grep -q '"channels":{"T2w":"../../t2.nii","FLAIR":"../../adc.nii"}' lists/parts/*.jsonl || fail "$(cat lists/parts/*.jsonl)"
exits 0 cs-dice --cases list.jsonl
exits 0 cs-distance-map --cases list.jsonl --out maps
says maps/cases.jsonl '"channels":\{"FLAIR":\{"file":"../both.nii","frame_index":0\}'

# cs-check reads every channel, or one.
exits 0 cs-check --cases list.jsonl
equal "$(grep -o '"channel":"[A-Z0-9a-z]*"' stdout | tr '\n' ' ')" '"channel":"FLAIR" "channel":"T2w" "channel":"T2w" "channel":"FLAIR" '
says_not stdout 'duplicate'
exits 0 cs-check --cases list.jsonl --channel T2w
equal "$(wc -l <stdout)" 2
put adc.nii $voxels f nan
exits 1 cs-check --cases list.jsonl
says stderr 'adc.nii: non-finite'
exits 0 cs-check --cases list.jsonl --channel T2w
sed 's/"frame_index":1/"frame_index":2/' list.jsonl >beyond.jsonl
exits 1 cs-check --cases beyond.jsonl
says stderr 'both.nii: frame: has frames 0 to 1, the case names frame_index 2'

with_networks || exit 0
exits 2 cs-train-ftn --cases list.jsonl --out run --crop 32 --max-iterations 1
says stderr 'several channels'
exits 0 cs-train-ftn --cases list.jsonl --out run --crop 32 --batch-size 2 --max-iterations 1 --channel T2w
exits 2 cs-predict --model run/last.safetensors --cases list.jsonl --out predictions
exits 0 cs-predict --model run/last.safetensors --cases list.jsonl --out predictions --channel T2w
[ -s predictions/b1/T2w_pred.nii.gz ] || fail "$(find predictions)"
