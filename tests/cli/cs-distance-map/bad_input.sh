# shellcheck shell=bash
# Bad input and bad options: one line that names what is wrong, the right exit status, nothing written.
make_nifti seg.nii.gz 6 5 2 1 1 1 box 1 1 3 1 3 0 2 box 2 3 5 1 3 0 2
make_nifti empty.nii.gz 6 5 2 1 1 1
make_nifti image.nii.gz 6 5 2 1 1 1 --float box 0.5 1 3 1 3 0 2
refused() { # STATUS WORDS [options]
  local status=$1 words=$2
  shift 2
  exits "$status" cs-distance-map "$@"
  one_line stderr
  says stderr "$words"
  absent out.nii.gz
  absent out.json
}
refused 1 'missing.nii.gz.*No such file' missing.nii.gz out.nii.gz
refused 1 'image.nii.gz.*0.5' image.nii.gz out.nii.gz
refused 1 'empty.nii.gz.*background only.*--labels' empty.nii.gz out.nii.gz
refused 1 'seg.nii.gz.*label 2' --labels LV:1 seg.nii.gz out.nii.gz
refused 1 "seg.nii.gz.*no class 'RV'; it has LV, MYO" --labels LV:1,MYO:2 --classes RV seg.nii.gz out.nii.gz
refused 1 'no names.*--labels' --classes LV seg.nii.gz out.nii.gz
refused 1 'no frames' --frame 0 seg.nii.gz out.nii.gz
refused 1 'seg.nii.gz.*not drawn everywhere' --labels LV:1,ignore:2 seg.nii.gz out.nii.gz
head -c 60 seg.nii.gz >cut.nii.gz
refused 1 'cut.nii.gz.*truncated' cut.nii.gz out.nii.gz
refused 2 'LABEL and OUTPUT' seg.nii.gz
refused 2 'seg.nii.gz' seg.nii.gz seg.nii.gz
refused 2 'seg.nii.gz' --force seg.nii.gz ./seg.nii.gz
refused 2 'out.mha' seg.nii.gz out.mha
for option in '--spacing cm' '--normalise volume' '--labels LV' '--labels LV:0' '--frame -1' '--classes ,' '--out x' \
  '--shard 0/2'; do
  # shellcheck disable=SC2086
  exits 2 cs-distance-map $option seg.nii.gz out.nii.gz
  absent out.nii.gz
done
echo '{"id":"p1","image":"image.nii.gz","label":"seg.nii.gz"}' >cases.jsonl
exits 2 cs-distance-map --cases cases.jsonl
says stderr '--out'
sed 's/}$/,"labelled_slices":[1]}/' cases.jsonl >partly.jsonl
exits 1 cs-distance-map --cases partly.jsonl --out parts
says stderr 'seg.nii.gz: is not drawn everywhere'
# A name that no voxel has makes no frame.
exits 0 cs-distance-map --labels LV:1,MYO:2 seg.nii.gz two.nii.gz
exits 0 cs-distance-map --labels LV:1,MYO:2,ignore:9 seg.nii.gz same.nii.gz
same_bytes two.nii.gz same.nii.gz
exits 2 cs-distance-map --cases cases.jsonl --out x seg.nii.gz
exits 2 cs-distance-map --cases cases.jsonl --out x --frame 0
says stderr 'frame_index'
absent x
# An empty label map of named classes is a warning, and its distances are 0.
exits 0 cs-distance-map --labels LV:1 empty.nii.gz out.nii
says stderr 'warning.*empty.nii.gz'
