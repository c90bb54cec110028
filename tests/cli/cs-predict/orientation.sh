# shellcheck shell=bash
# One image in space gives one segmentation, however its file stores it: a model records how its training images lay,
# and images are turned so that they lie as those. What is not known is said.
source "$(dirname "$case_file")/setup.bash"
make_hearts
train_model
says <(cs-model show --json model.safetensors) '"orientation"'
says <(cs-model show model.safetensors) 'orientation +[A-Z]{3} in space, of 2 training images'
run() { cs-predict --model model.safetensors --threads 1 "$@"; }
keep=(--spacing keep --force --log-level error)
# stored CODE FROM TO [--label-map]: the same image in space, with other axes.
stored() {
  cs-preprocess "$2" "$3" --orient "$1" "${keep[@]}" "${4:---normalise=none}"
  rm "${3%.nii.gz}.json"
}
voxels() { gzip -dc "$1" | tail -c +353; }  # positions may be rounded on the way
same_voxels() { cmp -s <(voxels "$1") <(voxels "$2"); }

image=hearts/phantom002/ED_img.nii.gz
stored RAS $image plain.nii.gz
exits 0 run plain.nii.gz plain_pred.nii.gz
for code in RAI LAS RPS LPS ARS SRA ILP PIL; do
  stored $code plain.nii.gz $code.nii.gz
  exits 0 run $code.nii.gz ${code}_pred.nii.gz
  stored RAS ${code}_pred.nii.gz back.nii.gz --label-map
  same_voxels back.nii.gz plain_pred.nii.gz || fail "stored as $code, the image is segmented otherwise"
done
# Of turned images there is a word.
exits 0 run ARS.nii.gz p.nii.gz --force
says stderr '1 of 1 images .* lay otherwise in space than the training images .*--orient stored'
exits 0 run $image p.nii.gz --force
says_not stderr 'otherwise'
exits 0 run ARS.nii.gz q.nii.gz --orient stored
says_not stderr 'otherwise'
stored RAS q.nii.gz back.nii.gz --label-map
same_voxels back.nii.gz plain_pred.nii.gz && fail "--orient stored turned the image"
exits 0 run ARS.nii.gz q.nii.gz --orient RAS --force
exits 2 run ARS.nii.gz none.nii.gz --orient RAP
says stderr '"RAP" is neither "model", "stored" nor an axis code'

# Neither form is coded: nobody knows how the image lies, and what is made of it does not know better.
gzip -dc plain.nii.gz | perl -e 'local $/; $_ = <STDIN>; substr($_, 252, 4) = "\0" x 4; print' >nominal.nii
exits 0 run nominal.nii p.nii.gz --force
says stderr '1 of 1 images .* headers that do not say how they lie'
cs-preprocess nominal.nii once.nii.gz --normalise none "${keep[@]}"
exits 0 run once.nii.gz p.nii.gz --force
says stderr '1 of 1 images .* headers that do not say how they lie'

# A model of which too few training images lay in one way.
perl -pe 's/(\\"code\\":\\"[A-Z]+\\",\\"slice_axis\\":2,\\"images\\":)2/${1}0/' model.safetensors >unsure.safetensors
exits 0 cs-predict --model unsure.safetensors plain.nii.gz p.nii.gz --force --threads 1
says stderr 'unsure.safetensors: its training images lay in several ways, or their headers did not say how'

# Hard examples come back, too; what is drawn depends on the file's name.
for code in plain ARS; do
  mkdir $code
  mv $code.nii.gz $code/x.nii.gz
  exits 0 cs-perturb --model model.safetensors $code/x.nii.gz $code/hard.nii.gz --threads 1 \
    --latent-da image --mask dropout
done
says stderr 'lay otherwise in space'
stored RAS ARS/hard.nii.gz back.nii.gz
same_voxels plain/hard.nii.gz back.nii.gz || fail "the hard example of the turned image lies elsewhere"

# A list that mixes orientations teaches all of them, and says so.
{ head -2 hearts/cases.jsonl | sed "s#\"image\":\"#&hearts/#; s#\"label\":\"#&hearts/#"
  echo '{"id":"turned","image":"turned.nii.gz","label":"turned_seg.nii.gz","labels":{"LV":1,"MYO":2,"RV":3}}'
} >mixed.jsonl
stored SPL hearts/phantom002/ED_img.nii.gz turned.nii.gz
stored SPL hearts/phantom002/ED_seg.nii.gz turned_seg.nii.gz --label-map
exits 0 cs-train-ftn --cases mixed.jsonl --out mixed --crop 32 --epochs 1 --max-iterations 1 --batch-size 4 \
  --threads 1 --device cpu
says stderr 'the lists mix orientations: 2 images lie in space as .*, 1 lie otherwise'
exits 1 cs-check --cases mixed.jsonl  # its slices are 31 mm thick, too
says stdout '"code":"orientation"'
says stdout 'lies otherwise in space .* than 2 images of the list .*turned or mirrored'
says stdout '; cs-preprocess --orient-like [^ ]*phantom001/ED_img.nii.gz turns it'
# What is said there helps.
cs-preprocess --cases mixed.jsonl --out alike --orient-like hearts/phantom001/ED_img.nii.gz --spacing keep \
  --log-level error
cs-check --cases alike/cases.jsonl >stdout 2>stderr || true
says_not stdout '"code":"orientation"'
says alike/cases.jsonl '"orient_like":\[\['
exits 2 cs-preprocess turned.nii.gz x.nii.gz --orient-like nominal.nii
says stderr 'nominal.nii does not say how it lies in space'
exits 2 cs-preprocess turned.nii.gz x.nii.gz --orient-like turned.nii.gz --orient RAS
says stderr 'contradicts --orient'
