# shellcheck shell=bash
# Subjects in two lists, cases without label, scales that do not fit and a run without validation are pointed out.
source "$(dirname "$case_file")/setup.bash"
make_data
make_volume loud 0 90000
{
  cat train.jsonl validate.jsonl
  a_case loud
  echo '{"id":"bare","image":"data/u1_img.nii.gz"}'
} >more.jsonl
cs-train-semi --cases more.jsonl --validate validate.jsonl --out run --patch 16,16,16 --filters 2 --batch-size 2 \
  --max-iterations 1 2>err
says err 'warning: one subject is in the training and in the validation list: s3'
says err 'warning: 1 of 5 cases have no label and are left out'
says err 'warning: intensities are of unlike scales: .* in s[123] and .* in loud; .*--normalise zscore'
cp validate.jsonl pool.jsonl
cs-train-semi --cases train.jsonl --validate validate.jsonl --unlabelled pool.jsonl --batch-size 2,1 --out pool \
  --patch 16,16,16 --filters 2 --max-iterations 1 2>err
says err 'warning: one subject is in .*: s3'
says_not err 'scales'
cs-train-semi --cases train.jsonl --out alone --patch 16,16,16 --filters 2 --batch-size 2 --max-iterations 2 2>err
says err 'warning: no --validate list'
same_bytes alone/best.safetensors alone/last.safetensors
make_nifti data/s1_seg.nii.gz 20 18 17 1 1 1
cs-train-semi --cases train.jsonl --out empty --patch 16,16,16 --filters 2 --batch-size 2 --max-iterations 1 2>err
says err 'warning: data/s1_seg.nii.gz: holds no label'

# Around the unlabelled list: a subject of --cases in it by leave, images of --validate under other names, labels that are
# called differently, and patches larger than most volumes.
make_data
cp data/s3_img.nii.gz data/u3_img.nii.gz
sed -i '/"u1"/s/"labels":{[^}]*}/"labels":{"liver":1}/' unlabelled.jsonl
cat train.jsonl >>unlabelled.jsonl
cs-train-semi --method mt --cases train.jsonl --validate validate.jsonl --unlabelled unlabelled.jsonl --allow-overlap \
  --out odd --patch 32,16,16 --filters 2 --max-iterations 1 2>err
says err 'warning: one image is of --validate in --unlabelled, by the bytes of the image: u3'
says err 'warning: the unlabelled case u1 names the labels liver, labelled cases core, shell'
says err 'warning: [0-9]+ of [0-9]+ volumes are smaller than the patch of 32 x 16 x 16, and are padded \(first: s1, 20 x 18 x 17'
