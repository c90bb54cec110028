# shellcheck shell=bash
# A heart in a corner of a large image became 0 in the corrupted set, and nobody said so: one line tells of all cases,
# with the worst share of labelled voxels outside the crop, and the bytes are what they were. Its remedies are true.
for i in 1 2 3; do
  make_nifti i$i.nii 60 50 2 1 1 8 --float box $((i + 1)) 3 55 3 45 0 2 box 9 20 30 20 23 0 2
  make_nifti s$i.nii 60 50 2 1 1 8 box 1 26 34 21 29 0 2 # 8 x 8 pixels in the middle
done
make_nifti s2.nii 60 50 2 1 1 8 box 1 0 8 0 8 0 2    # in the corner
make_nifti s3.nii 60 50 2 1 1 8 box 1 18 26 21 29 0 2 # half of it outside 16 x 16 pixels
for i in 1 2 3; do echo "{\"id\":\"p$i\",\"image\":\"i$i.nii\",\"label\":\"s$i.nii\"}"; done >list.jsonl
outside='labelled voxels lie outside'

exits 0 cs-corrupt bias --cases list.jsonl --crop 16 --out bad --threads 2
says stderr "warning: of 2 of 3 cases $outside the middle 16 x 16 pixels, .* \(most: 100 % of p2\)"
says stderr '; give a larger --crop, or --no-crop$'
equal "$(grep -c "$outside" stderr)" 1
sed 's/,"label":"[^"]*"//' list.jsonl >unlabelled.jsonl
exits 0 cs-corrupt bias --cases unlabelled.jsonl --crop 16 --out same
says_not stderr "$outside"
for file in $(cd bad && find . -name '*.nii.gz'); do same_bytes "bad/$file" "same/$file"; done
exits 0 cs-corrupt bias --cases <(sed -n 3p list.jsonl | sed "s|\"\([is]3.nii\)|\"$PWD/\1|g") --crop 16 --out half
says stderr "warning: p3: 50 % of the $outside"
# Nothing is made, nothing is looked at.
exits 0 cs-corrupt bias --cases list.jsonl --crop 16 --out bad --skip-existing
says_not stderr "$outside"

# Of what is there already nobody looks, and the count says so.
rm -r bad/p[23]*
exits 0 cs-corrupt bias --cases list.jsonl --crop 16 --out bad --skip-existing
says stderr "warning: of 2 of 2 cases made now $outside"
# A recipe's crop is not the user's to change, and neither is it said to be.
exits 0 cs-corrupt --recipe bad/recipe.jsonl --cases list.jsonl --out by-recipe
says stderr "warning: of 2 of 3 cases $outside the .*; their recipe or record asks for it$"

exits 0 cs-corrupt bias --cases list.jsonl --crop 60 --out larger
says_not stderr "$outside"
exits 0 cs-corrupt bias --cases list.jsonl --no-crop --out whole
says_not stderr "$outside"

# Labels are not needed here: one that is not there is no reason to fail.
rm s1.nii
exits 0 cs-corrupt spike --cases list.jsonl --crop 16 --out without
says stderr 'warning: p1: it is not known whether labels lie outside the crop: .*s1.nii'
