# shellcheck shell=bash
# Lists: every case gains its file and the classes of its frames; threads and shards do not change a byte; what is there
# already is kept if it is right; a bad case is reported and the others are done.
mkdir data
for p in 1 2 3; do
  make_nifti "data/p$p.nii.gz" 12 10 4 2 2 8 --float box 1 0 12 0 10 0 4 ball 2 5 5 2 9
  make_nifti "data/p${p}_seg.nii.gz" 12 10 4 2 2 8 ball 2 5 5 2 9 ball 1 5 5 2 $((3 + p))
  echo "{'id':'p$p','frame':'ED','image':'p$p.nii.gz','label':'p${p}_seg.nii.gz','labels':{'LV':1,'MYO':2}}"
done | tr "'" '"' >data/cases.jsonl

exits 0 cs-distance-map --cases data/cases.jsonl --out maps --cases-out - --threads 1
says stdout '"distance":"maps/p1/ED_dist.nii.gz"'
line_is maps/cases.jsonl 1 <<'END'
{"id":"p1","frame":"ED","image":"../data/p1.nii.gz","label":"../data/p1_seg.nii.gz","labels":{"LV":1,"MYO":2},
"distance":"p1/ED_dist.nii.gz","distance_classes":["LV","MYO"]}
END
says maps/p1/ED_dist.json '"program": "cs-distance-map"'
exits 0 cs-distance-map --cases data/cases.jsonl --out four --threads 4
diff -r maps four || fail "threads change the outputs"
for i in 0 1; do exits 0 cs-distance-map --cases data/cases.jsonl --out parts --shard $i/2; done
cat parts/cases.*-of-2.jsonl >joined.jsonl
same_bytes joined.jsonl maps/cases.jsonl

# The path goes on into lists that stand elsewhere.
cs-split --cases maps/cases.jsonl --train rest --test 1 --out a/b 2>/dev/null
grep -q '"distance":"../../maps/p' a/b/train.jsonl || fail "$(cat a/b/train.jsonl)"
# Another grid makes other distances.
exits 0 cs-preprocess --cases maps/cases.jsonl --out ready --spacing 3
says_not ready/cases.jsonl distance

# Done again where something is missing.
exits 2 cs-distance-map --cases data/cases.jsonl --out maps
rm maps/p2/ED_dist.nii.gz
touch -d 2001-01-01 maps/p1/ED_dist.nii.gz
exits 0 cs-distance-map --cases data/cases.jsonl --out maps --skip-existing
diff -r maps four || fail "continuing changes the outputs"
equal "$(date -r maps/p1/ED_dist.nii.gz +%Y)" 2001
exits 1 cs-distance-map --cases data/cases.jsonl --out maps --skip-existing --spacing mm
says stderr 'force'
exits 1 cs-distance-map --cases data/cases.jsonl --out maps --skip-existing --classes MYO
exits 0 cs-distance-map --cases data/cases.jsonl --out maps --force --classes MYO
says maps/cases.jsonl '"distance_classes":\["MYO"\]'
# The same file under other names of its values is another output.
sed 's/"LV":1,"MYO":2/"MYO":1,"LV":2/' data/cases.jsonl >data/other.jsonl
exits 1 cs-distance-map --cases data/other.jsonl --out maps --skip-existing --classes MYO

# Without names every value is a class; --labels names them.
sed -E 's/,"labels":\{[^}]*\}//' data/cases.jsonl >data/unnamed.jsonl
exits 0 cs-distance-map --cases data/unnamed.jsonl --out numbers
says numbers/cases.jsonl '"distance_classes":\["1","2"\]'
exits 0 cs-distance-map --cases data/unnamed.jsonl --out numbers --skip-existing
says numbers/cases.jsonl '"distance_classes":\["1","2"\]'
exits 0 cs-distance-map --cases data/unnamed.jsonl --out named --labels MYO:2,LV:1
same_bytes named/p1/ED_dist.nii.gz four/p1/ED_dist.nii.gz
exits 1 cs-distance-map --cases data/unnamed.jsonl --out x --classes LV
says stderr 'no names.*--labels'

# Bad cases.
truncate -s 60 data/p2_seg.nii.gz
sed -i '3s/"label":"[^"]*",//' data/cases.jsonl
exits 1 cs-distance-map --cases data/cases.jsonl --out partly
says stderr 'data/p2_seg.nii.gz.*(truncated|damaged)'
says stderr 'p3 ED.*no label'
equal "$(wc -l <partly/cases.jsonl)" 1
no_leftovers partly
