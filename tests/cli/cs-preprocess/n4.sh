# shellcheck shell=bash
# --n4 removes a slope of brightness, the same bytes with any number of threads.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
row=(0 0 0 0)
for ((i = 0; i < 24; ++i)); do row+=($((200 + 10 * i + i * 7 % 5))); done
row+=(0 0 0 0)
make_nifti slope.nii.gz 32 32 1 0 1.5 "${row[@]}"
n4=(--n4 --n4-shrink 1 --n4-levels 2 --percentiles none --spacing keep)
exits 0 cs-preprocess "${n4[@]}" slope.nii.gz one.nii --threads 1
exits 0 cs-preprocess "${n4[@]}" slope.nii.gz four.nii --threads 4
same_bytes one.nii four.nii
# Ends of the first row: 200 and 432 before.
read -r -a values <<<"$(floats_of one.nii)"
left=${values[4]%.*} right=${values[27]%.*}
[ $((right * 10)) -lt $((left * 17)) ] || fail "the slope is still there: $left to $right"
