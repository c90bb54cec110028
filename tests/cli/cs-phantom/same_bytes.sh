# shellcheck shell=bash
# The same options and seed give the same bytes, with one thread, with four, in shards and in parts by subject.
options=(--sites 2 --size 40 --spacing 5 --slices 5 --seed 3)
cs-phantom --out one --subjects 5 --threads 1 "${options[@]}"
cs-phantom --out four --subjects 5 --threads 4 "${options[@]}"
diff -r one four || fail "the number of threads changes the result"
for shard in 0 1 2; do cs-phantom --out shards --subjects 5 --shard $shard/3 "${options[@]}"; done
cat shards/cases.?-of-3.jsonl >all
same_bytes all one/cases.jsonl
rm shards/cases.?-of-3.jsonl
cp one/cases.jsonl shards
diff -r one shards || fail "shards change the result"
cs-phantom --out late --first 4 --subjects 2 "${options[@]}"
diff -r one/phantom005 late/phantom005 || fail "the first subject's number changes another subject"
cs-phantom --out other --subjects 1 --sites 2 --size 40 --spacing 5 --slices 5 --seed 4
! cmp -s one/phantom001/ED_img.nii.gz other/phantom001/ED_img.nii.gz || fail "the seed changes nothing"
! cmp -s one/phantom001/ED_seg.nii.gz other/phantom001/ED_seg.nii.gz || fail "the seed changes no heart"
