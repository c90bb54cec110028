# shellcheck shell=bash
# Of label maps that were drawn in part, what was not drawn has no influence, whatever it holds; neither has a name for it
# that no voxel needs.
source "$(dirname "$case_file")/setup.bash"
make_data
options=(--max-iterations 2 --validate-every 1 --seed 2)
train whole "${options[@]}" 2>err
cp train.jsonl whole.jsonl
sed -i 's/"shell":2/&,"ignore":9/' train.jsonl validate.jsonl
train named "${options[@]}" 2>err
same_run whole named
says named/config.json '"classes": *\{ *"core": 1, *"shell": 2 *\}|"core": 1,'
says_not named/config.json 'ignore'

# Slices 5 ... 11 of all volumes; then anything in the others, also values that no class has.
sed -i 's/}$/,"labelled_slices":[5,6,7,8,9,10,11]}/' train.jsonl validate.jsonl
train slices "${options[@]}" 2>err
exits 1 cs-model diff --weights whole/last.safetensors slices/last.safetensors
for id in s1 s2 s3; do
  cp data/${id}_seg.nii.gz $id.nii.gz
  gzip -dc $id.nii.gz >raw.nii
  # Bytes, behind a header of 352.
  perl -e 'open F, "+<", "raw.nii"; for (0 .. 4, 12 .. 16) { seek F, 352 + 360 * $_, 0; print F chr(100 + $_) x 360 }'
  equal "$(wc -c <raw.nii)" $((352 + 20 * 18 * 17)) '(bytes of the label map)'
  gzip -c raw.nii >data/${id}_seg.nii.gz
done
train garbage "${options[@]}" 2>err
same_run slices garbage

# The same voxels by their value.
for id in s1 s2 s3; do
  gzip -dc $id.nii.gz >raw.nii
  perl -e 'open F, "+<", "raw.nii"; for (0 .. 4, 12 .. 16) { seek F, 352 + 360 * $_, 0; print F chr(9) x 360 }'
  gzip -c raw.nii >data/${id}_seg.nii.gz
done
sed -i 's/,"labelled_slices":[^}]*}/}/' train.jsonl validate.jsonl
train values "${options[@]}" 2>err
same_run slices values

# Beside unlabelled volumes, too; and never without a drawn voxel.
exits 0 train pool "${options[@]}" "${two_streams[@]}"
make_nifti data/s2_seg.nii.gz 20 18 17 1 1 1 box 9 0 20 0 18 0 17
exits 1 train nothing "${options[@]}"
says stderr 'data/s2_seg.nii.gz: is not drawn anywhere'
absent nothing
sed -i 's/}$/,"labelled_slices":[17]}/' whole.jsonl
cp whole.jsonl train.jsonl
exits 1 train nothing "${options[@]}"
says stderr 'has the slices 0 to 16 along axis 3, "labelled_slices" of s1 names slice 17'
sed -i 's/\[17\]/[-1]/' train.jsonl
exits 2 train nothing "${options[@]}"
says stderr '"labelled_slices" is \[-1\], expected the drawn slices'
