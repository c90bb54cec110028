# shellcheck shell=bash
# Lists: images and label maps in the layout that training reads, labels numbered as ours, a record of the steps; a bad
# case is reported and the others are done; shards and threads do not change a byte.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
mkdir data
for p in 1 2 3; do
  make_nifti data/p$p.nii.gz 6 5 2 0 1.5 $p 10 20 30 40 50 60
  make_nifti data/p${p}_seg.nii.gz 6 5 2 0 1.5 0 1 2 3
  echo "{'id':'p$p','frame':'ED','image':'p$p.nii.gz','label':'p${p}_seg.nii.gz','labels':{'RV':1,'MYO':2,'LV':3}}"
done | tr "'" '"' >data/cases.jsonl

exits 0 cs-preprocess --cases data/cases.jsonl --out ready --threads 1
equal "$(wc -l <ready/cases.jsonl)" 3
line_is ready/cases.jsonl 1 <<'END'
{"id":"p1","frame":"ED","image":"p1/ED_img.nii.gz","label":"p1/ED_seg.nii.gz","labels":{"LV":1,"MYO":2,"RV":3},
"preprocessing":{"n4":null,"percentiles":[2.0,98.0],"spacing_mm":[1.36719,1.36719],"interpolation":"linear"}}
END
for kind in img seg; do [ -s ready/p2/ED_$kind.json ] || fail "no sidecar of $kind"; done
gunzip -c ready/p1/ED_seg.nii.gz >seg.nii
equal "$(bytes_of seg.nii | cut -d' ' -f1-4)" "0 3 2 1"

exits 0 cs-preprocess --cases data/cases.jsonl --out four --threads 4
diff -r ready four || fail "threads change the outputs"
for i in 0 1; do exits 0 cs-preprocess --cases data/cases.jsonl --out parts --shard $i/2; done
cat parts/cases.*-of-2.jsonl >joined.jsonl
same_bytes joined.jsonl ready/cases.jsonl
rm parts/cases.*
diff -r -x cases.jsonl ready parts || fail "shards change the outputs"

# Piped, and done again where something is missing.
exits 0 cs-preprocess --cases - --out piped --cases-out - <<<"{\"id\":\"p1\",\"image\":\"data/p1.nii.gz\"}"
says stdout '"image":"piped/p1/img.nii.gz"'
same_bytes piped/p1/img.nii.gz ready/p1/ED_img.nii.gz
rm ready/p2/ED_img.nii.gz ready/p2/ED_img.json
exits 2 cs-preprocess --cases data/cases.jsonl --out ready
touch -d 2001-01-01 ready/p1/ED_img.nii.gz
exits 0 cs-preprocess --cases data/cases.jsonl --out ready --skip-existing
diff -r ready four || fail "continuing changes the outputs"
equal "$(date -r ready/p1/ED_img.nii.gz +%Y)" 2001
exits 1 cs-preprocess --cases data/cases.jsonl --out ready --skip-existing --percentiles 1,99
says stderr 'force'
same_bytes ready/cases.jsonl four/cases.jsonl  # nothing was done, so the list stays

# One broken image: reported by name, the rest is done.
truncate -s 60 data/p2.nii.gz
exits 1 cs-preprocess --cases data/cases.jsonl --out partly
says stderr 'data/p2.nii.gz.*(truncated|damaged)'
equal "$(wc -l <partly/cases.jsonl)" 2
same_bytes partly/p3/ED_img.nii.gz ready/p3/ED_img.nii.gz
no_leftovers partly

# The record adds up over two runs.
exits 0 cs-preprocess --cases ready/cases.jsonl --out again --percentiles none --spacing 2
says again/cases.jsonl '"percentiles":\[2.0,98.0\],"spacing_mm":\[2.0,2.0\]'

exits 2 cs-preprocess --cases data/cases.jsonl
says stderr '--out'
exits 2 cs-preprocess --cases /dev/null --out x
exits 2 cs-preprocess --cases data/cases.jsonl --out x --frame 1
says stderr 'frame_index'
absent x

# A label map that does not lie on its image's grid.
make_nifti data/small_seg.nii.gz 5 5 2 0 1.5 0 1
echo '{"id":"p1","image":"data/p1.nii.gz","label":"data/small_seg.nii.gz"}' >pair.jsonl
exits 1 cs-preprocess --cases pair.jsonl --out pair
one_line stderr
says stderr 'small_seg.nii.gz.*p1.nii.gz.*size 5 x 5 x 2, expected 6 x 5 x 2'
absent pair/p1
