# shellcheck shell=bash
# A list: for each case the reconstruction and one hard example of each kind, as images, segmentations and cases that
# other programs read; a list in another order gives equal bytes. (Equal runs, shards: every-program/same_bytes.sh.)
source "$(dirname "$case_file")/setup.bash"
make_data
make_model
cs-perturb --model model.safetensors --cases train.jsonl --out hard --mask-threshold 0.3,0.6 --repeats 2 \
  --preview hard.png 2>err
# Reconstruction, then twice dropout, and channel and spatial at two thresholds.
equal "$(wc -l <hard/cases.jsonl)" $((2 * (1 + 2 * 5))) "(cases)"
equal "$(find hard -name '*_img.nii.gz' | wc -l)" 22 "(images)"
equal "$(find hard -name '*_pred.nii.gz' | wc -l)" 22 "(segmentations)"
equal "$(find hard -name '*.json' | wc -l)" 44 "(sidecars)"
equal "$(head -c 4 hard.png | tail -c 3)" PNG "(preview)"
says hard/cases.jsonl '"artefact":"latent-channel-0.6".*"repeat":1.*"prediction":"s1/ED_latent-channel-0.6_r1_pred.nii.gz"'
says hard/s1/ED_latent-spatial-0.3_r1_img.json '"threshold": 0.3'
cmp -s hard/s1/ED_latent-dropout_r0_img.nii.gz hard/s1/ED_latent-dropout_r1_img.nii.gz && fail "repeats are equal"
cs-check --cases hard/cases.jsonl >checked 2>err || fail "cs-check: $(cat err)"
cs-dice --cases hard/cases.jsonl --metrics dice >scores 2>err || fail "cs-dice: $(cat err)"

# In another order, and of cases that tell of an earlier prediction.
tac train.jsonl | sed 's/}$/,"model":"old","agreement":{"LV":1},"agreement_of":"models","review":true,"models":[]}/' \
  >turned.jsonl
cs-perturb --model model.safetensors --cases turned.jsonl --out turned --mask-threshold 0.3,0.6 --repeats 2 2>err
for file in hard/*/*.nii.gz; do same_bytes "$file" "turned/${file#hard/}"; done
says_not turned/cases.jsonl '"models"|agreement|review|"old"'

exits 2 cs-perturb --model model.safetensors --cases train.jsonl --out hard
says stderr 'exists'
before=$(sha256sum hard/*/*)
rm hard/s2/ED_latent-dropout_r0_pred.nii.gz
cs-perturb --model model.safetensors --cases train.jsonl --out hard --mask-threshold 0.3,0.6 --repeats 2 \
  --skip-existing 2>err
equal "$(sha256sum hard/*/*)" "$before" "(after --skip-existing)"

# Of images that were changed already, too, every output has a name of its own.
cs-corrupt spike --cases train.jsonl --out bad --repeats 2 2>err
cs-perturb --model model.safetensors --cases bad/cases.jsonl --out worse --mask channel --preview worse.png 2>err
equal "$(find worse -name '*_img.nii.gz' | wc -l)" 8 "(hard images of corrupted ones)"
equal "$(sed 's/.*"image":"\([^"]*\)".*/\1/' worse/cases.jsonl | sort -u | wc -l)" 8 "(names)"
exits 2 cs-perturb --model model.safetensors --cases bad/cases.jsonl --out worst --mask channel --repeats 2
says stderr '--repeats: .*repeats themselves'
for part in 1 0; do
  cs-perturb --model model.safetensors --cases train.jsonl --out drawn --mask channel --preview drawn.png \
    --shard "$part/2" 2>err
done
[ -s drawn.png ] || fail "no picture"
