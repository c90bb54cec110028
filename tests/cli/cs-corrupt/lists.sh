# shellcheck shell=bash
# Test sets over a list: the published layout, the original labels, the same bytes for any threads, shards and order.
cs-phantom --out hearts --subjects 3 --size 40 --spacing 4 --slices 4 --log-level error
run() { cs-corrupt "$@" --log-level warning; }
exits 0 run all --cases hearts/cases.jsonl --out bad --repeats 2 --threads 1
equal "$(wc -l <bad/cases.jsonl)" 48  # 3 subjects, 2 frames, 4 artefacts, 2 repeats
for name in RandBias RandGhosting RandMotion RandSpike; do
  for repeat in 0 1; do
    [ -s "bad/$name/phantom002_$repeat/ES_img.nii.gz" ] || fail "no $name/phantom002_$repeat/ES_img.nii.gz"
  done
done
equal "$(head -1 bad/cases.jsonl)" "$(head -1 hearts/cases.jsonl |
  sed -e 's|"image":"[^"]*"|"image":"RandBias/phantom001_0/ED_img.nii.gz"|' -e 's|"label":"|&../hearts/|' \
    -e 's|}$|,"artefact":"bias","repeat":0}|')"
equal "$(find bad -name '*seg*' | wc -l)" 0
exits 0 cs-check --cases bad/cases.jsonl

exits 0 run all --cases hearts/cases.jsonl --out four --repeats 2 --threads 4
diff -r bad four || fail "threads change the outputs"
for i in 0 1 2 3 4 5 6; do exits 0 run all --cases hearts/cases.jsonl --out parts --repeats 2 --shard $i/7; done
cat parts/cases.*-of-7.jsonl >parts/cases.jsonl
cat parts/recipe.*-of-7.jsonl >parts/recipe.jsonl
diff -r -x '*-of-7.jsonl' bad parts || fail "shards change the outputs"
sed 's|"image":"|&hearts/|; s|"label":"|&hearts/|' hearts/cases.jsonl | sort -r >reversed.jsonl
exits 0 run all --cases reversed.jsonl --out backwards --repeats 2
diff -r -x '*.jsonl' bad backwards || fail "the order of the list changes the outputs"

# One kind alone is the same images under the toolkit's own names; pipes carry the list.
run spike --cases hearts/cases.jsonl --out spikes --repeats 2 --cases-out - | tee piped.jsonl |
  cs-check --cases - >/dev/null
says piped.jsonl '"image":"spikes/phantom001/ED_spike_r1_img.nii.gz"'
says piped.jsonl '"label":"hearts/phantom001/ED_seg.nii.gz"'
same_bytes spikes/phantom003/ES_spike_r1_img.nii.gz bad/RandSpike/phantom003_1/ES_img.nii.gz

# Severities, and chains.
exits 0 run ghosting --severity 1,4-5 --cases hearts/cases.jsonl --out graded
says graded/cases.jsonl 'phantom001/ED_ghosting_s4_r0_img.nii.gz".*"artefact":"ghosting","severity":4,"repeat":0'
equal "$(wc -l <graded/cases.jsonl)" 18
exits 0 run --chain motion,spike --cases hearts/cases.jsonl --out chained
says chained/cases.jsonl '"image":"phantom001/ED_motion\+spike_r0_img.nii.gz".*"artefact":"motion\+spike"'

# An interrupted batch goes on; nothing else is made again.
touch -d 2001-01-01 bad/RandSpike/phantom001_0/ED_img.nii.gz
rm bad/RandMotion/phantom002_1/ES_img.* bad/RandBias/phantom003_0/ED_img.json
exits 2 run all --cases hearts/cases.jsonl --out bad --repeats 2
exits 0 run all --cases hearts/cases.jsonl --out bad --repeats 2 --skip-existing
diff -r bad four || fail "going on changes the outputs"
equal "$(date -r bad/RandSpike/phantom001_0/ED_img.nii.gz +%Y)" 2001

# A broken image is reported, the rest is done; what is corrupted already is not corrupted again.
truncate -s 500 hearts/phantom002/ED_img.nii.gz
exits 1 run bias --cases hearts/cases.jsonl --out partly
says stderr 'phantom002/ED_img.nii.gz.*(truncated|damaged)'
equal "$(wc -l <partly/cases.jsonl)" 5
equal "$(wc -l <partly/recipe.jsonl)" 6
exits 1 run bias --cases spikes/cases.jsonl --out twice
says stderr 'corrupted already.*--chain'
absent twice/cases.jsonl
no_leftovers .
