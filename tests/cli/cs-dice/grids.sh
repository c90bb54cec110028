# shellcheck shell=bash
# Grids that differ are refused, saying how and what to do; the other cases of a list are done.
make_nifti ref.nii.gz 12 12 4 1.4 1.4 10  box 1 2 6 2 6 0 4
make_nifti spacing.nii.gz 12 12 4 1.37 1.37 10  box 1 2 6 2 6 0 4
make_nifti size.nii.gz 12 11 4 1.4 1.4 10  box 1 2 6 2 6 0 4
make_nifti moved.nii.gz 12 12 4 1.4 1.4 10 --origin 0 3 0  box 1 2 6 2 6 0 4

exits 1 cs-dice spacing.nii.gz ref.nii.gz
one_line stderr
says stderr 'spacing.nii.gz.*grid differs from reference .*ref.nii.gz.*1\.37.*1\.4'
says stderr 'cs-preprocess --label-map --like .*ref.nii.gz .*spacing.nii.gz'
equal "$(wc -c <stdout)" 0
exits 1 cs-dice size.nii.gz ref.nii.gz
exits 1 cs-dice moved.nii.gz ref.nii.gz

cat >list.jsonl <<'X'
{"id":"a","image":"x.nii.gz","label":"ref.nii.gz","prediction":"ref.nii.gz"}
{"id":"b","image":"x.nii.gz","label":"ref.nii.gz","prediction":"spacing.nii.gz"}
{"id":"c","image":"x.nii.gz","label":"ref.nii.gz","prediction":"absent.nii.gz"}
X
exits 1 cs-dice --cases list.jsonl
says stdout '^a +1 +1\.0000'
says stdout '^b +1 +-.*failed'
says stdout '^- +1 +dice +1\.0000 .* 1/3 .* 2$'
says stderr 'absent.nii.gz'
