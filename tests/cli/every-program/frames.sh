# shellcheck shell=bash disable=SC2154
# Lists of frames in 4D files, as cs-list writes them of M&Ms. Trainings and cs-dice once refused them, with the advice to
# set the frame_index that they had, cs-corrupt refused their label maps, and of a frame_index that a list had kept of a
# file since cut some programs thought nothing and cs-preprocess that it was wrong. Now a case's files are read in one way:
# what is made of frames in 4D files is what is made of the frames cut out, and frame_index means nothing to files of one
# frame.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
make_nifti cine.nii 36 40 6 2 2 8 --float box 0.1 0 36 0 40 0 6 ball 0.9 18 20 1 11 ball 0.8 20 18 4 14
make_nifti cine_seg.nii 36 40 6 2 2 8 ball 2 18 20 1 18 ball 1 18 20 1 11 ball 2 20 18 4 18 ball 1 20 18 4 14
both cine $dim s 4 36 40 3 2
heart_label other_seg.nii
for frame in 0 1; do
  echo "{\"id\":\"p1\",\"frame\":\"t$frame\",\"frame_index\":$frame,\"image\":\"cine.nii\",\"label\":\"cine_seg.nii\"," \
    '"labels":{"LV":1,"MYO":2},"prediction":"other_seg.nii","prediction_labels":{"LV":1,"MYO":2}}'
done >raw.jsonl
cs-preprocess --cases raw.jsonl --out cut --percentiles none --spacing keep 2>err
equal "$(grep -c frame_index cut/cases.jsonl || true)" 0
# The frame's number may stay in a list whose files hold one frame each if it is that one; another is of another file.
sed 's/"id":/"frame_index":0,"id":/' cut/cases.jsonl >cut/stale.jsonl
sed 's/"id":/"frame_index":1,"id":/' cut/cases.jsonl >cut/wrong.jsonl

for list in raw cut/cases cut/stale; do
  exits 0 cs-dice --cases $list.jsonl --json
  mv stdout "scores-$(basename $list)"
  # Predictions of all frames.
  sed 's/"prediction":"[^"]*"/"prediction":"cine_seg.nii"/' raw.jsonl >all_frames.jsonl
  exits 0 cs-dice --cases all_frames.jsonl --json --metrics dice
  equal "$(grep -c '"status":"scored".*"dice":1.0' stdout)" 4
  exits 0 cs-distance-map --cases $list.jsonl --out "distances-$(basename $list)"
  exits 0 cs-corrupt motion --no-crop --cases $list.jsonl --out "bad-$(basename $list)"
done
same_bytes scores-raw scores-cases
same_bytes scores-raw scores-stale
equal "$(grep -c '"status":"scored"' scores-raw)" 4
for frame in 0 1; do
  same_bytes "distances-raw/p1/t${frame}_dist.nii.gz" "distances-cases/p1/t${frame}_dist.nii.gz"
done
# The label map beside a corrupted frame still has all its frames, so the list still says which.
for frame in 0 1; do
  same_bytes "bad-raw/p1/t${frame}_motion_r0_img.nii.gz" "bad-cases/p1/t${frame}_motion_r0_img.nii.gz"
  same_bytes "bad-raw/p1/t${frame}_motion_r0_img.nii.gz" "bad-stale/p1/t${frame}_motion_r0_img.nii.gz"
  says bad-raw/cases.jsonl "\"frame\":\"t$frame\",\"frame_index\":$frame"
done
says_not bad-stale/cases.jsonl frame_index
exits 0 cs-dice --cases bad-raw/cases.jsonl --json --metrics dice
exits 0 cs-preprocess --cases cut/stale.jsonl --out again --percentiles none --spacing keep
same_bytes again/p1/t0_img.nii.gz cut/p1/t0_img.nii.gz

# Pictures in reports, of label maps and predictions of all frames.
sed -E 's#("label":"([^"]*)".*"prediction":")[^"]*"#\1\2"#' cut/cases.jsonl >cut/whole.jsonl
for list in all_frames cut/whole; do
  name=$(basename $list)
  exits 0 cs-dice --cases $list.jsonl --cases-out "$name.scored.jsonl"
  exits 0 cs-report --scores "mine:A=$name.scored.jsonl" --out "$name.html"
  grep -o 'data:image/png;base64,[^"]*' "$name.html" >"$name.pictures"
done
same_bytes all_frames.pictures whole.pictures

# A frame that is not there, and one that cannot be, is the case's fault, in every program.
sed 's/"frame_index":1/"frame_index":2/' raw.jsonl >beyond.jsonl
sed 's/"frame_index":1/"frame_index":-1/' raw.jsonl >below.jsonl
for program in $(built cs-preprocess cs-corrupt cs-dice cs-distance-map cs-train-ftn cs-train-semi); do
  exits 1 on_list "$program" beyond.jsonl "beyond-$program"
  says stderr 'cine(_seg)?.nii: .*frames 0 to 1'
  exits 1 on_list "$program" below.jsonl "below-$program"
  says stderr 'p1 t1: has a negative frame_index'
done
# So is a frame of an image that has one.
for program in $(built cs-preprocess cs-corrupt cs-train-ftn cs-train-semi); do
  exits 1 on_list "$program" cut/wrong.jsonl "wrong-$program"
  says stderr 'cut/p1/t[01]_img.nii.gz: has one frame, p1 t[01] names frame_index 1'
done

with_networks || exit 0
options=(--crop 32 --batch-size 2 --max-iterations 2 --log-level error)
for list in raw cut/cases cut/stale; do
  cs-train-ftn --cases $list.jsonl --out "ftn-$(basename $list)" "${options[@]}"
done
exits 0 cs-model diff --weights ftn-raw/last.safetensors ftn-cases/last.safetensors
exits 0 cs-model diff --weights ftn-raw/last.safetensors ftn-stale/last.safetensors
for list in raw cut/cases cut/stale; do
  on_list cs-train-semi $list.jsonl "semi-$(basename $list)" --batch-size 2 --log-level error
done
exits 0 cs-model diff --weights semi-raw/last.safetensors semi-cases/last.safetensors
exits 0 cs-model diff --weights semi-raw/last.safetensors semi-stale/last.safetensors
cs-train-coop --cases raw.jsonl --validate raw.jsonl --out coop "${options[@]}"
for list in raw cut/cases bad-raw/cases; do
  folder=predicted-$(tr / - <<<"$list")
  exits 0 cs-predict --model coop/last.safetensors --cases $list.jsonl --out "$folder"
  exits 0 cs-dice --cases "$folder/cases.jsonl" --json
  mv stdout "$folder.scores"
done
same_bytes predicted-raw.scores predicted-cut-cases.scores
for list in raw cut/cases; do
  exits 0 cs-perturb --model coop/last.safetensors --cases $list.jsonl --out "hard-$(basename $list)"
done
for file in hard-raw/p1/*.nii.gz; do same_bytes "$file" "hard-cases/${file#hard-raw/}"; done
exits 0 cs-dice --cases hard-raw/cases.jsonl --json
