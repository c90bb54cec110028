# shellcheck shell=bash
# The example scripts, as their first lines say, on small synthetic hearts (that of a SLURM array: see slurm.sh).
examples=$COOPSEG_SOURCE_DIR/examples
cs-phantom --out hearts --subjects 5 --sites 1 --size 32 --spacing 8 --slices 4 --seed 3
cs-preprocess --cases hearts/cases.jsonl --spacing keep --out pre
cs-split --cases pre/cases.jsonl --train 2 --val 1 --test 2 --seed 1 --out split
runs() { "$@" >stdout 2>stderr || { cat stdout stderr; fail "$*"; }; }

METHODS=standard SEEDS="0 1" runs "$examples/many-trainings.sh" runs split/train.jsonl split/validate.jsonl --crop 32 \
  --batch-size 4 --max-iterations 4
[ -s runs/standard-1/best.safetensors ] || fail "no second training"
METHODS=standard SEEDS="0 1" runs "$examples/many-trainings.sh" runs split/train.jsonl split/validate.jsonl --crop 32 \
  --batch-size 4 --max-iterations 4
says stderr 'has its 4 iterations already'
model=runs/standard-0/best.safetensors

METHODS="supervised mt" SEEDS=0 COUNTS=2 OPTIONS="--max-iterations 2" runs "$examples/few-labels.sh" \
  "$COOPSEG_SOURCE_DIR/share/configs/phantom-semi.json" split/train.jsonl split/validate.jsonl split/test.jsonl few
says stdout '^\| mt '
[ -s few/2/mt/seed-0/last.safetensors ] || fail "no mean teacher"
SEEDS=0 COUNTS=2 LATER="--max-iterations 2" GENERATIONS=1 GLOBAL="--batch-size 4 --max-iterations 2" \
  LOCAL="--batch-size 2 --max-iterations 2" OPTIONS="--max-iterations 2" runs "$examples/few-labels-more.sh" \
  "$COOPSEG_SOURCE_DIR/share/configs/phantom-semi.json" few
says stdout '^\| atso '
says stdout '^\| local-contrast '
says few/2/local-contrast/seed-0/last/config.json "\"init_sha256\": \"$(sha256sum few/2/local-contrast/seed-0/local/last.safetensors | cut -d' ' -f1)\""

VARIANTS="scratch blocks" SEEDS=0 COUNT=2 NETWORK="--patch 32,32 --filters 2" GLOBAL="--batch-size 4 --max-iterations 2" \
  LOCAL="--batch-size 2 --max-iterations 2" FINE="--batch-size 2 --max-iterations 2" runs "$examples/local-contrast.sh" \
  split/train.jsonl split/validate.jsonl split/test.jsonl contrast
says stdout '^\| blocks '

GENERATIONS=1 runs "$examples/atso.sh" split/train.jsonl split/test.jsonl atso --patch 32,32 --filters 4 --no-dropout \
  --max-iterations 2
says stdout '^cs-train-semi --out atso/1 .*--pseudo atso/0/labels.0/cases.jsonl .*--init atso/0/last.safetensors'
[ -s atso/1/last.safetensors ] || fail "no generation"
[ -s atso/1/labels.1/cases.jsonl ] || fail "no labels of the other part"

LABELS=coopseg PREPROCESS="--spacing keep" runs "$examples/one-volume.sh" $model hearts/phantom002/ED_img.nii.gz \
  hearts/phantom002/ED_seg.nii.gz one
says stdout '^ED_img spike .*LV +0\.[0-9]+|^ED_img .*LV +0\.[0-9]+'

mkdir -p mine/images mine/labels
for id in phantom001 phantom002; do
  for frame in ED ES; do
    cp hearts/$id/${frame}_img.nii.gz mine/images/${id}_$frame.nii.gz
    cp hearts/$id/${frame}_seg.nii.gz mine/labels/${id}_$frame.nii.gz
  done
done
REPEATS=2 runs "$examples/my-acdc-c.sh" mine sets
equal "$(wc -l <sets/sets/motion.jsonl)" 8 "images with motion"
[ -s sets/damage.png ] || fail "no picture"
says stderr '32 of 32 images are the recipe'

mkdir -p theirs references
cp mine/labels/* references
cp mine/labels/phantom001_* theirs
cp mine/labels/phantom001_ED.nii.gz theirs/phantom002_ED.nii.gz
cs-preprocess --header-from references/phantom002_ED.nii.gz --label-map theirs/phantom002_ED.nii.gz theirs/x.nii.gz
mv theirs/x.nii.gz theirs/phantom002_ED.nii.gz
runs "$examples/score-predictions.sh" theirs references scored
says stdout '^- +LV +dice .* 3/4 +0 +0 +0 +1 +0$'
equal "$(wc -l <scored/scores.csv)" 13 "lines of scores"

runs "$examples/compare-models.sh" $model runs/standard-1/best.safetensors split/test.jsonl compared
says stdout '^LV +dice +4 '
says compared/comparison.txt 'Wilcoxon'
