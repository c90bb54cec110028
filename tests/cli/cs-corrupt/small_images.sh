# shellcheck shell=bash
# Images smaller than the 192 pixels of the paper were padded with zeros, which thinned the damage without a word: they
# are worked on in their own size, unless --crop asks for more, which is said. Larger ones have the bytes that they had,
# and records of the time when all were padded make what they made.
make_nifti small.nii 48 40 3 1.5 1.5 8 --float box 1 6 40 5 30 0 3 ball 2 24 20 1 12 box 0.5 10 14 30 36 0 3
for type in bias ghosting motion spike; do
  exits 0 cs-corrupt $type --severity 5 small.nii own.nii.gz --force
  says_not stderr warning
  says own.json '"pad": false'
  exits 0 cs-corrupt $type --severity 5 --no-crop small.nii whole.nii.gz --force
  same_bytes own.nii.gz whole.nii.gz
  exits 0 cs-corrupt --params own.json small.nii again.nii.gz --force
  same_bytes own.nii.gz again.nii.gz

  exits 0 cs-corrupt $type --severity 5 --crop 192 small.nii padded.nii.gz --force
  says stderr 'warning: 1 of 1 images are smaller than the crop of 192 and padded with 0, .*first: small.nii'
  says_not padded.json '"pad"'
  exits 0 cs-corrupt --params padded.json small.nii again.nii.gz --force
  says_not stderr warning # its remedy would give other bytes than those asked for
  same_bytes padded.nii.gz again.nii.gz
  exits 0 cs-corrupt --params padded.json --crop 100 small.nii again.nii.gz --force
  says stderr 'warning: 1 of 1 images are smaller than the crop of 100 '
done

echo '{"id":"a","image":"small.nii"}' >list.jsonl
exits 0 cs-corrupt all --severity 5 --cases list.jsonl --out set
exits 0 cs-corrupt --recipe set/recipe.jsonl --cases list.jsonl --out again
for type in Bias Ghosting Motion Spike; do same_bytes {set,again}/Rand$type/a_0/s5_img.nii.gz; done

make_nifti large.nii 20 18 2 1.5 1.5 8 --float box 1 3 15 4 14 0 2
exits 0 cs-corrupt spike --crop 16 large.nii given.nii.gz
says_not given.json '"pad"'
