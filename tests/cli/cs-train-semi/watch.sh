# shellcheck shell=bash
# --watch scores what is thought of unlabelled cases, and changes nothing else, whatever their labels are.
source "$(dirname "$case_file")/setup.bash"
make_data
options=("${two_streams[@]}" --method mt --max-iterations 4 --validate-every 2)
train blind "${options[@]}" 2>err
for id in u1 u2; do cp data/s1_seg.nii.gz data/${id}_seg.nii.gz; done
grep -v u3 unlabelled.jsonl >watch.jsonl
train seen "${options[@]}" --watch watch.jsonl 2>err
ratio='([0-9.e-]+|null)'
per_class="\"dice\":\{\"core\":$ratio,\"shell\":$ratio\}"
says seen/log.jsonl "\"watch\":\{\"mean_dice\":$ratio,$per_class,\"cases\":\[\{\"case\":\"u1\",$per_class\},\{\"case\":\"u2\",$per_class\}\]\}"
says seen/config.json '"watch": \{'
exits 0 cs-model diff --weights blind/last.safetensors seen/last.safetensors
exits 0 cs-model diff --weights blind/best.safetensors seen/best.safetensors
without_watch() { log_without_times "$1" | sed -E 's/"watch":\{"mean_dice".*\]\},"best"/"best"/'; }
equal "$(without_watch seen)" "$(without_watch blind)" "(logs but for what is watched)"
says_not <(without_watch seen) watch

make_nifti data/u1_seg.nii.gz 20 18 17 1 1 1 ball 2 3 3 3 2
train others "${options[@]}" --watch watch.jsonl 2>err
exits 0 cs-model diff --weights seen/last.safetensors others/last.safetensors
[ "$(log_without_times seen)" != "$(log_without_times others)" ] || fail "other labels are scored alike"

exits 2 train none --watch watch.jsonl
says stderr '--watch: is of unlabelled cases, and there are none'
# Labels that the training does not know.
sed -i 's/"shell":2/&,"vein":3/' watch.jsonl
make_nifti data/u1_seg.nii.gz 20 18 17 1 1 1 ball 3 9 9 8 4
exits 1 train none "${options[@]}" --watch watch.jsonl
says stderr 'data/u1_seg.nii.gz: holds label 3 \(vein\), which is none of the classes core, shell'
sed -i 's/,"vein":3//; s/"shell":2/"wall":2/' watch.jsonl
exits 1 train none "${options[@]}" --watch watch.jsonl
says stderr 'data/u1_seg.nii.gz: has no label named shell'
exits 1 train none "${options[@]}" --watch unlabelled.jsonl
says stderr 'data/u3_seg.nii.gz: cannot read \(u3\)'
absent none
